package dev.plimsoll.coordinator.start;

/** The process cannot start; the message is one sentence for a person, with the remedy. */
public final class StartProblem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public StartProblem(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
