package dev.plimsoll.wire;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

class WireLayeringTest {

    private static final JavaClasses WIRE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.wire");

    /** {@code dev.plimsoll.wire} itself is a slice too: the topics and the table of families. */
    @Test
    void packagesDependOnEachOtherWithoutCycles() {
        slices().matching("dev.plimsoll.(wire..)").should().beFreeOfCycles().check(WIRE);
    }

    @Test
    void encodingKnowsNoRecord() {
        noClasses()
                .that()
                .resideInAPackage("dev.plimsoll.wire.codec")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.plimsoll.wire",
                        "dev.plimsoll.wire.run",
                        "dev.plimsoll.wire.protocol",
                        "dev.plimsoll.wire.journal",
                        "dev.plimsoll.wire.sample",
                        "dev.plimsoll.wire.tensor",
                        "dev.plimsoll.wire.kafka")
                .check(WIRE);
    }

    @Test
    void onlyTheClientsRoomSpeaksToABroker() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.plimsoll.wire.kafka")
                .should()
                .dependOnClassesThat()
                .haveNameMatching(
                        "org\\.apache\\.kafka\\.clients\\.(admin\\..*|consumer\\.(Kafka)?Consumer|producer\\.(Kafka)?Producer)")
                .check(WIRE);
    }
}
