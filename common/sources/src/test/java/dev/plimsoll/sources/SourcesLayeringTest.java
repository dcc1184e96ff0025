package dev.plimsoll.sources;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

class SourcesLayeringTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.sources");

    @Test
    void packagesDependOnEachOtherWithoutCycles() {
        slices().matching("dev.plimsoll.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void parquetStaysInItsReaderAndZstdInItsPacking() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.plimsoll.sources.forms")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.hardwood..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.plimsoll.sources.bytes")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.github.luben..")
                .check(CLASSES);
    }

    @Test
    void nothingHereKnowsKafkaOrTheTime() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "io.quarkus..", "ai.djl..")
                .check(CLASSES);
    }
}
