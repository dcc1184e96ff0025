package dev.plimsoll.model;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaCall;
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
    void nothingHereKnowsKafkaOrQuarkus() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "io.quarkus..")
                .check(MODEL);
    }

    /** A time may come in as a value, as for a chat template; nothing here reads a clock. */
    @Test
    void nothingHereReadsAClock() {
        noClasses()
                .should()
                .callMethodWhere(JavaCall.Predicates.target(
                        owner(resideInAPackage("java.time..")).and(name("now"))))
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callConstructor(java.util.Date.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.time.InstantSource.class)
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
