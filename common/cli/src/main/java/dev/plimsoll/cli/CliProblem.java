package dev.plimsoll.cli;

import dev.plimsoll.wire.process.ExitCode;

/** Ends the command with one sentence for a person, naming value and remedy. */
final class CliProblem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    CliProblem(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    CliProblem(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    ExitCode exitCode() {
        return exitCode;
    }
}
