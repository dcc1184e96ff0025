package dev.plimsoll.cli.topics;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.File;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** How many columns the terminal has. */
final class TerminalWidth {

    private static final int USUAL = 80;
    private static final int LEAST = 20;

    private TerminalWidth() {}

    /** The terminal's columns when the command began, or 80 when they are not known. */
    static int columns() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String size = new String(stty.getInputStream().readAllBytes(), US_ASCII);
            stty.waitFor(1, TimeUnit.SECONDS);
            return ofSize(size);
        } catch (IOException e) {
            return USUAL;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return USUAL;
        }
    }

    /** @param size rows and columns, e.g. "24 80" */
    static int ofSize(String size) {
        String[] parts = size.strip().split(" ", -1);
        if (parts.length != 2 || !parts[1].matches("\\d{1,5}")) {
            return USUAL;
        }
        int columns = Integer.parseInt(parts[1]);
        return columns == 0 ? USUAL : Math.max(LEAST, columns);
    }
}
