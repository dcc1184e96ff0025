package dev.plimsoll.cli;

import dev.plimsoll.wire.process.ExitCode;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** Makes the problems that end a command, for the packages below this one. */
public final class CliFailure {

    /** Codes with which a child tells a problem that a person can mend. */
    private static final Set<ExitCode> EXPECTED =
            EnumSet.of(ExitCode.BROKER, ExitCode.INPUT, ExitCode.FENCED, ExitCode.REFUSED);

    private CliFailure() {}

    public static RuntimeException internal(String message) {
        return new CliProblem(ExitCode.INTERNAL, message);
    }

    public static RuntimeException usage(String message) {
        return new CliProblem(ExitCode.USAGE, message);
    }

    public static RuntimeException input(String message) {
        return new CliProblem(ExitCode.INPUT, message);
    }

    /**
     * A process that this one started has ended. What it called a problem of broker, input or
     * fencing is one here too, in its own words: the last line that begins with plimsoll, or else
     * the last that it said. Anything else is a bug, and the end of its log may tell.
     */
    public static RuntimeException ofChild(String name, int exitCode, Path log, String tail) {
        return ExitCode.of(exitCode)
                .filter(EXPECTED::contains)
                .<RuntimeException>map(code -> new CliProblem(code, name + ": " + lastWords(tail)))
                .orElseGet(() -> internal(name + " ended with exit code " + exitCode
                        + "; the end of " + log + ":\n" + tail));
    }

    private static String lastWords(String tail) {
        return tail.lines()
                .filter(line -> line.startsWith("plimsoll "))
                .reduce((before, line) -> line)
                .orElseGet(() -> tail.lines().reduce("", (before, line) -> line));
    }

    /** Whether one of these methods made it. */
    public static boolean isExpected(RuntimeException e) {
        return e instanceof CliProblem;
    }

    /** Whether one of these methods made it, for something that a person can mend. */
    public static boolean isRefusal(RuntimeException e) {
        return e instanceof CliProblem problem
                && (problem.exitCode() == ExitCode.USAGE || EXPECTED.contains(problem.exitCode()));
    }

    /** An outcome that is none of the others, e.g. an audit that is not clean. */
    public static int audit(boolean clean) {
        return (clean ? ExitCode.DONE : ExitCode.AUDIT).number();
    }
}
