package dev.plimsoll.coordinator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;

import java.time.Clock;
import java.time.Instant;

/**
 * The cores decide and compute; they do not look at the clock, throw dice, log, or touch the world.
 */
@AnalyzeClasses(
        packages = "dev.plimsoll.coordinator",
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    private static final String[] CORES = {
        "dev.plimsoll.coordinator.planner..",
        "dev.plimsoll.model.memory..",
        "dev.plimsoll.coordinator.parameters"
    };

    @ArchTest
    static final ArchRule NO_SHELLS = cores().should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "io.quarkus..",
                    "io.smallrye..",
                    "org.eclipse.microprofile..",
                    "jakarta..",
                    "org.jboss..",
                    "org.slf4j..",
                    "java.util.logging..",
                    "java.io..",
                    "java.nio.file..",
                    "java.net..",
                    "java.util.concurrent..");

    @ArchTest
    static final ArchRule NO_CLOCK = cores().should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class);

    @ArchTest
    static final ArchRule NO_DICE = cores().should()
            .dependOnClassesThat()
            .areAssignableTo(java.util.random.RandomGenerator.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(java.util.UUID.class);

    private static GivenClassesConjunction cores() {
        return noClasses().that().resideInAnyPackage(CORES);
    }
}
