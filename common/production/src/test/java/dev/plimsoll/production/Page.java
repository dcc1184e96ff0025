package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page of docs that a test writes, so that it says what was seen and not what was meant. */
final class Page {

    private Page() {}

    /** Fails when the page is another one; the new one lies in the build's directory then. */
    static void requireTheSame(String name, String text) throws IOException {
        Path written = Path.of("target", name);
        Files.writeString(written, text);
        assertThat(Path.of("../../docs", name))
                .as("copy " + written.toAbsolutePath() + " to docs if it is right")
                .hasContent(text);
    }

    /** Without what differs from run to run. */
    static String steady(String sentence) {
        return sentence.replaceAll("localhost:\\d+", "localhost:PORT")
                .replaceAll("NotAfter: [^)]*", "NotAfter: DATE")
                .replaceAll("/\\S*/junit[^/]*/", "DIRECTORY/")
                .replaceAll("\\d{12,}", "NUMBER")
                .replace("|", "\\|");
    }
}
