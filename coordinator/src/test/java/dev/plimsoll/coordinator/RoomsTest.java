package dev.plimsoll.coordinator;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What each room of the coordinator may import; LayeringTest says what cores may not touch. */
class RoomsTest {

    private static final String OURS = "dev.plimsoll.";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.coordinator");

    /** Each room, and the other packages of ours that it may use. */
    private static final String ROOMS = """
            coordinator.ingest           | model.samples wire wire.codec wire.protocol wire.sample
            coordinator.ingest.channel   | coordinator.ingest coordinator.ingest.kafka \
                                           coordinator.kafka coordinator.start model.text \
                                           wire.kafka wire.run wire.settings
            coordinator.ingest.kafka     | coordinator.ingest coordinator.kafka \
                                           coordinator.planner.decision coordinator.planner.state \
                                           model.samples wire wire.codec wire.kafka wire.sample
            coordinator.kafka            | coordinator.planner.driver wire wire.codec wire.kafka \
                                           wire.process wire.protocol wire.settings
            coordinator.parameters       | model.optimizer wire.codec wire.protocol wire.run \
                                           wire.tensor
            coordinator.parameters.kafka | coordinator.kafka coordinator.parameters wire \
                                           wire.codec wire.kafka wire.protocol wire.run \
                                           wire.tensor
            coordinator.planner          | coordinator.planner.decision \
                                           coordinator.planner.liveness coordinator.planner.rules \
                                           coordinator.planner.source coordinator.planner.state \
                                           model.memory wire.journal wire.protocol wire.run \
                                           wire.sample
            coordinator.planner.decision | coordinator.planner.state wire.journal wire.protocol \
                                           wire.sample
            coordinator.planner.driver   | coordinator.planner.decision \
                                           coordinator.planner.liveness coordinator.planner.state \
                                           wire.codec wire.journal wire.protocol wire.run
            coordinator.planner.kafka    | coordinator.kafka coordinator.planner \
                                           coordinator.planner.decision \
                                           coordinator.planner.driver coordinator.planner.state \
                                           model.memory wire wire.codec wire.journal wire.kafka \
                                           wire.protocol wire.run wire.sample
            coordinator.planner.liveness | coordinator.planner.decision coordinator.planner.state \
                                           model.memory wire.journal wire.protocol wire.run
            coordinator.planner.rules    | coordinator.planner.decision \
                                           coordinator.planner.liveness \
                                           coordinator.planner.source coordinator.planner.state \
                                           model.memory model.optimizer wire wire.journal \
                                           wire.protocol wire.run wire.sample
            coordinator.planner.source   | wire.journal wire.protocol
            coordinator.planner.state    | coordinator.planner.source model.memory wire.codec \
                                           wire.journal wire.protocol wire.run wire.sample
            coordinator.scaling          | coordinator.planner.state model.scaling wire.journal \
                                           wire.protocol wire.run
            coordinator.shell            | coordinator.ingest.kafka coordinator.kafka \
                                           coordinator.parameters.kafka coordinator.planner.kafka \
                                           coordinator.start coordinator.web model.hf model.memory \
                                           model.peft wire \
                                           wire.kafka wire.process wire.run wire.settings
            coordinator.start            | coordinator.kafka coordinator.parameters model.hf \
                                           model.peft model.text wire wire.access wire.codec \
                                           wire.kafka wire.process wire.protocol wire.run \
                                           wire.settings
            coordinator.web              | coordinator.planner.state coordinator.scaling \
                                           coordinator.start coordinator.web.history \
                                           model.memory model.samples model.scaling sources \
                                           sources.reading wire wire.codec wire.journal \
                                           wire.kafka wire.protocol wire.run wire.sample \
                                           wire.process wire.settings
            coordinator.web.gate         | coordinator.start wire.codec wire.settings
            coordinator.web.history      | wire.journal wire.protocol wire.telling
            coordinator.web.live         | coordinator.start coordinator.web \
                                           coordinator.web.history wire wire.codec \
                                           wire.journal wire.kafka wire.protocol wire.run \
                                           wire.sample wire.telling
            """;

    static SortedMap<String, String> allowedByRoom() {
        return ROOMS.lines()
                .map(line -> line.split("\\|"))
                .collect(Collectors.toMap(
                        room -> room[0].strip(),
                        room -> room[1].strip(),
                        (a, b) -> a,
                        TreeMap::new));
    }

    static Stream<String> rooms() {
        return allowedByRoom().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void aRoomUsesOnlyWhatIsNamedHere(String room) {
        String[] packages = Stream.concat(
                        Stream.of(room), Stream.of(allowedByRoom().get(room).split(" +")))
                .map(OURS::concat)
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(OURS + room)
                .should()
                .dependOnClassesThat(
                        resideInAPackage("dev.plimsoll..").and(resideOutsideOfPackages(packages)))
                .check(CLASSES);
    }

    @Test
    void everyRoomIsInTheTable() {
        assertThat(rooms().map(OURS::concat))
                .containsExactlyInAnyOrderElementsOf(CLASSES.stream()
                        .map(JavaClass::getPackageName)
                        .distinct()
                        .toList());
    }
}
