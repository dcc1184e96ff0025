package dev.plimsoll.embedded;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

class EmbeddedKafkaLayeringTest {

    private static final JavaClasses BROKER = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.embedded");

    @Test
    void packagesDependOnEachOtherWithoutCycles() {
        slices().matching("dev.plimsoll.(embedded..)").should().beFreeOfCycles().check(BROKER);
    }
}
