package dev.plimsoll.cli;

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

/** What each room of the command line may import; none knows chaos, worker or coordinator. */
class CliLayeringTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.cli");

    /** Each room, and the other packages of ours that it may use. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cli         | audit.kafka embedded model.files model.hf model.text processes \
                          processes.libtorch sources wire wire.access wire.kafka wire.process \
                          wire.settings
            cli.bench   | cli cli.demo cli.fleetmodel cli.intake cli.samples cli.scaling \
                          cli.topics audit.kafka model.files model.hf \
                          model.samples model.shapes model.text processes wire wire.codec \
                          wire.journal wire.kafka wire.process wire.protocol wire.run \
                          wire.sample wire.settings
            cli.card    | model.peft wire.codec wire.journal wire.protocol wire.run
            cli.control | cli cli.topics audit.kafka wire wire.codec wire.journal wire.kafka \
                          wire.process wire.protocol wire.run
            cli.demo    | cli cli.results cli.samples cli.topics audit audit.kafka model.files \
                          model.hf model.samples model.text processes sources sources.reading \
                          wire wire.codec wire.journal wire.kafka wire.process wire.protocol \
                          wire.run wire.sample wire.settings
            cli.doctor  | cli model.machine processes.libtorch wire.codec wire.kafka \
                          wire.process wire.settings
            cli.fleetmodel | cli model.files wire.codec wire.process
            cli.generation | cli cli.results cli.samples model.hf model.json model.peft \
                          model.samples model.text sources sources.reading wire wire.codec \
                          wire.kafka wire.process wire.run wire.sample wire.settings
            cli.intake  | cli cli.demo cli.topics audit audit.kafka processes wire wire.codec \
                          wire.kafka wire.protocol wire.sample
            cli.model   | cli model.hf model.shapes wire.process
            cli.report  | cli cli.card cli.demo cli.topics audit audit.kafka model.files \
                          processes wire wire.codec wire.journal wire.kafka wire.process \
                          wire.protocol wire.run wire.sample wire.telling
            cli.results | cli cli.card cli.topics audit audit.kafka model.files model.hf \
                          model.merge model.optimizer model.peft wire wire.codec wire.journal \
                          wire.kafka wire.process wire.protocol wire.run wire.sample \
                          wire.settings wire.tensor
            cli.runs    | cli cli.topics audit.kafka wire wire.codec wire.kafka wire.process \
                          wire.run wire.sample wire.settings
            cli.samples | cli cli.topics model.hf model.samples model.text sources \
                          sources.reading wire wire.codec wire.kafka wire.process \
                          wire.protocol wire.run wire.sample wire.settings
            cli.scaling | cli cli.fleetmodel model.scaling wire.process
            cli.trace   | cli cli.topics audit.kafka wire wire.codec wire.journal wire.kafka \
                          wire.process wire.protocol wire.run wire.sample
            cli.train   | cli cli.demo cli.doctor cli.results cli.samples cli.topics audit \
                          audit.kafka model.files model.hf model.machine model.peft processes \
                          processes.libtorch wire wire.codec \
                          wire.kafka wire.process wire.protocol wire.run wire.settings
            cli.topics  | cli audit.kafka wire wire.codec wire.journal wire.kafka wire.process \
                          wire.protocol wire.run wire.sample
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
    void theCommandLineKnowsNoQuarkusAndNoEngine() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "io.smallrye..", "ai.djl..")
                .check(CLASSES);
    }
}
