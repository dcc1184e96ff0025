package dev.plimsoll.cli;

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

    /** An outcome that is none of the others, e.g. an audit that is not clean. */
    public static int audit(boolean clean) {
        return clean ? ExitCode.OK : ExitCode.AUDIT;
    }
}
