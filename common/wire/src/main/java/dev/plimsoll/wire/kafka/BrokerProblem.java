package dev.plimsoll.wire.kafka;

/**
 * The broker cannot be used as it is; the message is one sentence for a person, with the remedy.
 */
public final class BrokerProblem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BrokerProblem(String message, Throwable cause) {
        super(message, cause);
    }
}
