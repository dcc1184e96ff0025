package dev.plimsoll.model;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
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
                .callMethodWhere(DescribedPredicate.describe(
                        "is now() of java.time",
                        call -> call.getName().equals("now")
                                && call.getTargetOwner().getPackageName().startsWith("java.time")))
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
