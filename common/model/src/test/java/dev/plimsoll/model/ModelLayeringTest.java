package dev.plimsoll.model;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

class ModelLayeringTest {

    private static final JavaClasses MODEL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.model");

    @Test
    void packagesDependOnEachOtherWithoutCycles() {
        slices().matching("dev.plimsoll.(**)").should().beFreeOfCycles().check(MODEL);
    }

    @Test
    void tokenizersStayInTheTextPackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.plimsoll.model.text")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.djl..")
                .check(MODEL);
    }

    @Test
    void nothingHereKnowsKafkaOrTheTime() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "io.quarkus..")
                .check(MODEL);
    }

    @Test
    void samplesDoNotDependOnTokenizing() {
        noClasses()
                .that()
                .resideInAPackage("dev.plimsoll.model.samples")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.plimsoll.model.text")
                .check(MODEL);
    }
}
