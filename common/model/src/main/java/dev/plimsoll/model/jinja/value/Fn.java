package dev.plimsoll.model.jinja.value;

/** Something that a template can call. */
public interface Fn {

    Object call(Args args);

    /** What it is, for messages. */
    default String what() {
        return "function";
    }
}
