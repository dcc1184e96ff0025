package dev.plimsoll.coordinator;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;

import dev.plimsoll.coordinator.planner.state.PlannerState;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;

/**
 * The cores decide and compute; they do not look at the clock, throw dice, log, or touch the world.
 */
@AnalyzeClasses(
        packages = "dev.plimsoll.coordinator",
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    /** The drivers among them. */
    private static final String[] CORES = {
        "dev.plimsoll.coordinator.planner",
        "dev.plimsoll.coordinator.planner.source..",
        "dev.plimsoll.coordinator.planner.state..",
        "dev.plimsoll.coordinator.planner.decision..",
        "dev.plimsoll.coordinator.planner.liveness..",
        "dev.plimsoll.coordinator.planner.rules..",
        "dev.plimsoll.coordinator.planner.driver..",
        "dev.plimsoll.coordinator.parameters"
    };

    /** Its input and output are records as they travel: data of the Kafka client, but no client. */
    private static final String INGEST_CORE = "dev.plimsoll.coordinator.ingest";

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("dev.plimsoll.coordinator.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule NO_SHELLS = in(CORES)
            .should()
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

    private static final DescribedPredicate<JavaClass> RECORDS = type(ConsumerRecord.class)
            .or(type(ProducerRecord.class))
            .or(resideInAPackage("org.apache.kafka.common.header.."));

    @ArchTest
    static final ArchRule NO_CLIENTS_IN_INGEST = in(INGEST_CORE)
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "org.apache.kafka..",
                            "dev.plimsoll.wire.kafka..",
                            "io.quarkus..",
                            "io.smallrye..",
                            "io.micrometer..",
                            "org.eclipse.microprofile..",
                            "jakarta..",
                            "org.jboss..",
                            "java.io..",
                            "java.nio.file..",
                            "java.net..",
                            "java.util.concurrent..")
                    .or(type(Thread.class))
                    .and(DescribedPredicate.not(RECORDS)));

    @ArchTest
    static final ArchRule NO_CLOCK = coresAndIngest()
            .should()
            .accessTargetWhere(
                    accesses(System.class, "nanoTime|currentTimeMillis", "the machine's clock"))
            .orShould()
            .accessTargetWhere(accesses(Instant.class, "now", "the time of day"))
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class);

    @ArchTest
    static final ArchRule NO_DICE = coresAndIngest()
            .should()
            .dependOnClassesThat()
            .areAssignableTo(java.util.random.RandomGenerator.class)
            .orShould()
            .accessTargetWhere(accesses(Math.class, "random", "random numbers"))
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(java.util.UUID.class);

    /** They change it by the records of their decision, and no other way. */
    @ArchTest
    static final ArchRule RULES_DO_NOT_CHANGE_THE_STATE = in(
                    "dev.plimsoll.coordinator.planner",
                    "dev.plimsoll.coordinator.planner.liveness..",
                    "dev.plimsoll.coordinator.planner.rules..")
            .should()
            .accessTargetWhere(accesses(PlannerState.class, "apply", "what changes the state"));

    /** Calls and method references; ArchUnit's callMethod sees calls alone. */
    private static DescribedPredicate<JavaAccess<?>> accesses(
            Class<?> owner, String names, String what) {
        return target(owner(type(owner)))
                .and(target(nameMatching(names)))
                .forSubtype()
                .as("it is " + what);
    }

    private static GivenClassesConjunction coresAndIngest() {
        String[] all = Arrays.copyOf(CORES, CORES.length + 1);
        all[CORES.length] = INGEST_CORE;
        return in(all);
    }

    private static GivenClassesConjunction in(String... packages) {
        return noClasses().that().resideInAnyPackage(packages);
    }
}
