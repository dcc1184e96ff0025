package dev.plimsoll.worker.loop;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;

import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** The worker's loop and driver hold no client and no engine, read no clock, throw no dice. */
@AnalyzeClasses(
        packages = "dev.plimsoll.worker.loop",
        importOptions = ImportOption.DoNotIncludeTests.class)
class WorkerPurityTest {

    @ArchTest
    static final ArchRule NO_SHELLS = loop().should()
            .dependOnClassesThat(resideInAnyPackage(
                            "dev.plimsoll.worker.kafka..",
                            "dev.plimsoll.worker.shell..",
                            "org.apache.kafka..",
                            "ai.djl..",
                            "io.quarkus..",
                            "io.smallrye..",
                            "jakarta..",
                            "org.jboss..",
                            "java.io..",
                            "java.nio.file..",
                            "java.net..",
                            "java.util.concurrent..")
                    .or(type(Thread.class))
                    .or(type(dev.plimsoll.engine.TrainingEngine.class)));

    @ArchTest
    static final ArchRule NO_CLOCK = loop().should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class);

    @ArchTest
    static final ArchRule NO_DICE = loop().should()
            .dependOnClassesThat()
            .areAssignableTo(RandomGenerator.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(UUID.class);

    private static GivenClassesConjunction loop() {
        return noClasses().that().resideInAPackage("dev.plimsoll.worker.loop");
    }
}
