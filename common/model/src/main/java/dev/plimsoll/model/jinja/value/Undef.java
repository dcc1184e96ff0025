package dev.plimsoll.model.jinja.value;

/**
 * Something that is not there. It prints as nothing, is false and iterates over nothing; all else
 * is an error with this message.
 *
 * @param unsafe whether it is there and must not be used
 */
public record Undef(String message, boolean unsafe) {

    public Undef(String message) {
        this(message, false);
    }

    public static Undef name(String name) {
        return new Undef("'" + name + "' is not defined");
    }

    public static Undef attribute(Object of, Object name) {
        return new Undef(Types.name(of) + " has no '" + name + "'");
    }

    public Failure failure() {
        return unsafe ? Failure.type(message) : Failure.undefined(message);
    }
}
