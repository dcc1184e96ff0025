package dev.plimsoll.model.files;

/**
 * Something that Plimsoll did not write lies where it was asked to write. The message is one
 * sentence for a person: what lies there, and what to do. Nothing was changed.
 */
public final class ForeignFileException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ForeignFileException(String message) {
        super(message);
    }
}
