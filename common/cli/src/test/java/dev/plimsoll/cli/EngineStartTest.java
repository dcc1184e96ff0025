package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.processes.libtorch.LibtorchChoice;
import dev.plimsoll.wire.settings.SettingProblem;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

class EngineStartTest {

    @Test
    void variablesStandBeforeTheProgram() {
        EngineStart none = new EngineStart(new TreeMap<>(), List.of());

        assertThat(none.prefix()).isEmpty();
        assertThat(none.with("B", "2").with("A", "1").prefix())
                .containsExactly("env", "A=1", "B=2");
    }

    @Test
    void aWorkerHasFewArenasUnlessToldOtherwise() {
        EngineStart none = new EngineStart(new TreeMap<>(), List.of());

        assertThat(none.withFewArenas(Map.of("PATH", "/bin")).variables())
                .isEqualTo(Map.of("MALLOC_ARENA_MAX", "2"));
        assertThat(none.withFewArenas(Map.of("MALLOC_ARENA_MAX", "8")).variables())
                .isEmpty();
    }

    @Test
    void theProcessIsToldWhatItLoadsAndWhy() {
        EngineStart start =
                EngineStart.of(new LibtorchChoice(Optional.empty(), List.of("because")));

        assertThat(start.variables()).isEmpty();
        assertThat(start.options())
                .containsExactly(
                        "-Dlibtorch.choice=the build's own libtorch, for CPUs only (because)");
    }

    @Test
    void aDirectoryThatIsNamedMustHoldOne() {
        assertThatThrownBy(
                        () -> EngineStart.ofWorker(Map.of("libtorch", "/no/such", "device", "cpu")))
                .isInstanceOf(SettingProblem.class)
                .hasMessageStartingWith("libtorch is '/no/such'");
        assertThatThrownBy(() ->
                        EngineStart.ofProgram(List.of("--device", "cpu"), Path.of("/no/such")))
                .isInstanceOf(SettingProblem.class)
                .hasMessageStartingWith("libtorch is '/no/such'");
    }
}
