package dev.plimsoll.model.text;

/**
 * The text side of a model directory cannot be used; the message names the file, the value and the
 * remedy.
 */
public final class UnusableTextModelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UnusableTextModelException(String message) {
        super(message);
    }

    public UnusableTextModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
