package dev.plimsoll.cli;

import java.nio.file.Path;

/** Makes the problems that end a command, for the packages below this one. */
public final class CliFailure {

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
     * fencing is one here too, in its own words: the last line it said. Anything else is a bug, and
     * the end of its log may tell.
     */
    public static RuntimeException ofChild(String name, int exitCode, Path log, String tail) {
        return switch (exitCode) {
            case ExitCode.BROKER, ExitCode.INPUT, ExitCode.FENCED ->
                new CliProblem(
                        exitCode, name + ": " + tail.lines().reduce("", (before, line) -> line));
            default ->
                internal(name + " ended with exit code " + exitCode + "; the end of " + log + ":\n"
                        + tail);
        };
    }

    /** An outcome that is none of the others, e.g. an audit that is not clean. */
    public static int audit(boolean clean) {
        return clean ? ExitCode.OK : ExitCode.AUDIT;
    }
}
