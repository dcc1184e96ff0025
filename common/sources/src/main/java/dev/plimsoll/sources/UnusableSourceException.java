package dev.plimsoll.sources;

/** Nothing can be read from what was given; the message is one sentence with a remedy. */
public final class UnusableSourceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UnusableSourceException(String message) {
        super(message);
    }

    public UnusableSourceException(String message, Throwable cause) {
        super(message, cause);
    }
}
