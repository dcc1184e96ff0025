package dev.plimsoll.worker.loop;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
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
            .accessTargetWhere(
                    accesses(System.class, "nanoTime|currentTimeMillis", "the machine's clock"))
            .orShould()
            .accessTargetWhere(accesses(Instant.class, "now", "the time of day"))
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class);

    @ArchTest
    static final ArchRule NO_DICE = loop().should()
            .dependOnClassesThat()
            .areAssignableTo(RandomGenerator.class)
            .orShould()
            .accessTargetWhere(accesses(Math.class, "random", "random numbers"))
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(UUID.class);

    /** Calls and method references; ArchUnit's callMethod sees calls alone. */
    private static DescribedPredicate<JavaAccess<?>> accesses(
            Class<?> owner, String names, String what) {
        return target(owner(type(owner)))
                .and(target(nameMatching(names)))
                .forSubtype()
                .as("it is " + what);
    }

    private static GivenClassesConjunction loop() {
        return noClasses().that().resideInAPackage("dev.plimsoll.worker.loop");
    }
}
