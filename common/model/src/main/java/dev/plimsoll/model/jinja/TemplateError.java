package dev.plimsoll.model.jinja;

/** A template cannot be read or rendered; the message names line and construct. */
public final class TemplateError extends Exception {
    private static final long serialVersionUID = 1L;

    /** What kind of error it is. */
    public enum Kind {
        /** It is no template of the language. */
        SYNTAX,
        /** It uses something that Jinja has and we have not. */
        UNSUPPORTED,
        /** Something that is not there is used. */
        UNDEFINED,
        /** An operation does not fit its values. */
        TYPE,
        /** The template itself refuses, by {@code raise_exception}. */
        RAISED,
        /** A limit is passed that does not change. */
        LIMIT,
        /** It takes more operations than the caller allows. */
        WORK
    }

    private final Kind kind;
    private final int line;

    public TemplateError(Kind kind, int line, String message) {
        super(message, null, false, false);
        this.kind = kind;
        this.line = line;
    }

    public Kind kind() {
        return kind;
    }

    /** Counted from 1; 0 where no line is known. */
    public int line() {
        return line;
    }
}
