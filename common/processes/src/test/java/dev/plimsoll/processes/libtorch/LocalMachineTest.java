package dev.plimsoll.processes.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

class LocalMachineTest {

    @TempDir
    private Path directory;

    private final Machine machine = new LocalMachine();

    /** The shell takes a script as Python does, by -c. */
    @Test
    void anInterpreterAnswersOrFailsOrIsNotThere() {
        assertThat(machine.python("sh", "echo torch /place; echo warning >&2"))
                .contains("torch /place\n");
        assertThat(machine.python("sh", "echo torch /place; exit 1")).isEmpty();
        assertThat(machine.python("/no/such/interpreter", "echo")).isEmpty();
    }

    @Test
    void filesAreSeenAndWhatIsNotThereIsNothing() throws Exception {
        Path second = Files.writeString(directory.resolve("b"), "text");
        Path first = Files.createDirectory(directory.resolve("a"));

        assertThat(machine.entries(directory)).containsExactly(first, second);
        assertThat(machine.entries(second)).isEmpty();
        assertThat(machine.text(second)).contains("text");
        assertThat(machine.text(first)).isEmpty();
        assertThat(machine.exists(first)).isTrue();
        assertThat(machine.exists(directory.resolve("c"))).isFalse();
    }
}
