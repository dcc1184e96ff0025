package dev.plimsoll.processes;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.Stream;

/** What the supervisor of processes may import. */
class ProcessesLayeringTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.processes");

    /** Each room, and the other packages of ours that it may use. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            processes | model.files model.hf model.peft wire.codec wire.process wire.run \
                        wire.settings
            processes.libtorch | wire.settings
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
    void nothingHereKnowsKafkaOrTheCommandLine() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "picocli..", "io.quarkus..", "ai.djl..")
                .check(CLASSES);
    }
}
