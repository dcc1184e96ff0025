package dev.plimsoll.coordinator.ingest;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Ingest decides from records, which are values; it holds no client, reads no clock, throws no dice
 * and starts no thread.
 */
@AnalyzeClasses(
        packages = "dev.plimsoll.coordinator",
        importOptions = ImportOption.DoNotIncludeTests.class)
class IngestPurityTest {

    private static final DescribedPredicate<JavaClass> RECORDS = type(ConsumerRecord.class)
            .or(type(ProducerRecord.class))
            .or(resideInAPackage("org.apache.kafka.common.header.."));

    @ArchTest
    static final ArchRule NO_CLIENTS_NO_THREADS = core().should()
            .dependOnClassesThat(resideInAnyPackage(
                            "org.apache.kafka..",
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
    static final ArchRule NO_CLOCK = core().should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class);

    @ArchTest
    static final ArchRule NO_DICE = core().should()
            .dependOnClassesThat()
            .areAssignableTo(RandomGenerator.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(UUID.class);

    private static GivenClassesConjunction core() {
        return noClasses().that().resideInAPackage("dev.plimsoll.coordinator.ingest");
    }
}
