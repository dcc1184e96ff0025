package dev.plimsoll.coordinator.start;

import dev.plimsoll.wire.process.ExitCode;

/** The process cannot start; the message is one sentence for a person, with the remedy. */
public final class StartProblem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    public StartProblem(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    public ExitCode exitCode() {
        return exitCode;
    }
}
