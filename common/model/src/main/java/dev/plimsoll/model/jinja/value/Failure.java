package dev.plimsoll.model.jinja.value;

/** Reading or rendering ends here. It carries no stack trace and leaves the package as an error. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Kind {
        SYNTAX,
        UNSUPPORTED,
        UNDEFINED,
        TYPE,
        RAISED,
        LIMIT,
        WORK
    }

    private final Kind kind;
    private final int line;

    public Failure(Kind kind, int line, String message) {
        super(message, null, false, false);
        this.kind = kind;
        this.line = line;
    }

    public static Failure type(String message) {
        return new Failure(Kind.TYPE, 0, message);
    }

    public static Failure undefined(String message) {
        return new Failure(Kind.UNDEFINED, 0, message);
    }

    public static Failure unsupported(String message) {
        return new Failure(Kind.UNSUPPORTED, 0, message);
    }

    public static Failure limit(String message) {
        return new Failure(Kind.LIMIT, 0, message);
    }

    /** The same at a line, if none is known yet. */
    public Failure at(int here) {
        return line != 0 || here == 0 ? this : new Failure(kind, here, getMessage());
    }

    public Kind kind() {
        return kind;
    }

    /** Counted from 1; 0 if not known. */
    public int line() {
        return line;
    }
}
