package dev.plimsoll.coordinator.kafka;

/**
 * Ends the process: a shell whose transaction failed no longer knows what is durable, and the next
 * process does, because it reads it. The first call decides the exit code; later ones do nothing.
 */
@FunctionalInterface
public interface ProcessEnd {

    /**
     * @param what one sentence for a person
     * @param cause may be null
     */
    void end(int exitCode, String what, Throwable cause);

    /** Ends with the exit code and a sentence that the cause calls for. */
    default void because(String who, Throwable cause) {
        int code = ExitCodes.of(cause);
        if (code == ExitCodes.FENCED) {
            end(
                    code,
                    who
                            + " was fenced: another coordinator took over this prefix, or the "
                            + "broker gave up a transaction"
                            + " that a cut of the network kept open for too long; a new process "
                            + "carries on",
                    cause);
        } else {
            end(code, who + " failed: " + cause, cause);
        }
    }
}
