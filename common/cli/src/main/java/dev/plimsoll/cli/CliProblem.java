package dev.plimsoll.cli;

/** Ends the command with one sentence for a person, naming value and remedy. */
final class CliProblem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    CliProblem(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    CliProblem(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
