package dev.plimsoll.audit;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.Stream;

/** What each room of the audit may import. */
class AuditLayeringTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.audit");

    /** Each room, and the other packages of ours that it may use. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            audit       | audit.table wire.codec wire.journal wire.protocol wire.run \
                          wire.sample wire.tensor
            audit.table | wire.sample
            audit.kafka | audit model.samples wire wire.codec wire.kafka wire.journal \
                          wire.protocol wire.run wire.sample wire.tensor
            """)
    void aRoomUsesOnlyWhatIsNamedHere(String room, String allowed) {
        String[] packages = Stream.concat(Stream.of(room), Stream.of(allowed.split(" +")))
                .map(name -> "dev.plimsoll." + name)
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage("dev.plimsoll." + room)
                .should()
                .dependOnClassesThat(
                        resideInAPackage("dev.plimsoll..").and(resideOutsideOfPackages(packages)))
                .check(CLASSES);
    }

    @Test
    void noPackagesDependOnEachOther() {
        slices().matching("dev.plimsoll.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void theCoreKnowsNeitherKafkaNorTheTime() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.plimsoll.audit", "dev.plimsoll.audit.table")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "java.time..", "java.io..", "java.nio..")
                .check(CLASSES);
    }
}
