package dev.plimsoll.worker;

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

/** What each room of the worker may import; those of the engine are in EngineLayeringTest. */
class RoomsTest {

    private static final String OURS = "dev.plimsoll.";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.worker");

    /** Each room, and the other packages of ours that it may use. */
    private static final String ROOMS = """
            worker.kafka | engine wire wire.codec wire.kafka wire.protocol wire.run wire.sample \
                           wire.tensor worker.loop
            worker.loop  | engine model.memory model.optimizer wire.protocol wire.run wire.tensor
            worker.shell | engine engine.llama model.hf model.memory wire wire.access wire.codec \
                           wire.kafka wire.process wire.protocol wire.run wire.settings \
                           wire.tensor \
                           worker.kafka worker.loop
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
