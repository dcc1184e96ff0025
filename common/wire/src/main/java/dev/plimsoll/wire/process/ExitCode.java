package dev.plimsoll.wire.process;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a process tells whoever started it. Coordinator, worker and command line share this table;
 * scripts rely on the numbers, so a number never changes its meaning.
 */
public enum ExitCode {
    DONE(0, "the command has done what it was asked to do, or the run is finished"),
    INTERNAL(1, "internal error"),
    USAGE(2, "the command line is wrong"),
    BROKER(3, "the broker cannot be reached or used"),
    INPUT(4, "a model, a data file or a setting cannot be used"),
    AUDIT(5, "the audit is not clean; or with --strict, samples were rejected or have no verdict"),
    FENCED(6, "another coordinator serves this prefix"),
    REFUSED(7, "the coordinator refused this worker");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    public int number() {
        return number;
    }

    public String meaning() {
        return meaning;
    }

    /** Empty for a number that no process of ours chooses, such as 137 after kill -9. */
    public static Optional<ExitCode> of(int number) {
        return Arrays.stream(values()).filter(code -> code.number == number).findFirst();
    }

    /** The whole table as one line of text. */
    public static String table() {
        return Arrays.stream(values())
                .map(code -> code.number + " " + code.meaning)
                .collect(Collectors.joining("; "));
    }
}
