package dev.plimsoll.embedded;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

/** One package, so that no circle is possible; what is left to say is who knows Kafka. */
class EmbeddedKafkaLayeringTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.embedded");

    @Test
    void onlyTheBrokerItselfKnowsKafkasServer() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(EmbeddedBroker.class)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "kafka..", "org.apache.kafka.metadata..", "org.apache.kafka.server..")
                .check(CLASSES);
    }

    @Test
    void theProgramKnowsNoKafkaAtAll() {
        noClasses()
                .that()
                .belongToAnyOf(EmbeddedBrokerMain.class)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("kafka..", "org.apache.kafka..")
                .check(CLASSES);
    }
}
