package dev.plimsoll.model.hf;

/**
 * A model or adapter directory that cannot be used. The message is one sentence for a person: what,
 * and what to do.
 */
public final class ModelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
