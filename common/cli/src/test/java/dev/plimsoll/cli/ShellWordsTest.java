package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

class ShellWordsTest {

    @Test
    void whatAShellReadsAsItIsStaysAsItIs() {
        assertThat(ShellWords.text(
                        List.of("plimsoll", "train", "--dir", "/a/b-1", "--devices=0,1")))
                .isEqualTo("plimsoll train --dir /a/b-1 --devices=0,1");
    }

    @Test
    void aShellReadsTheWordsBack() throws IOException, InterruptedException {
        List<String> words =
                List.of("it's", "a b", "", "$HOME", "*", "~", "a;b", "\"q\"", "\\", "#");
        Process shell = new ProcessBuilder("sh", "-c", "printf '%s\\n' " + ShellWords.text(words))
                .redirectErrorStream(true)
                .start();
        String read = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor()).as(read).isZero();
        assertThat(read).isEqualTo(String.join("\n", words) + "\n");
    }
}
