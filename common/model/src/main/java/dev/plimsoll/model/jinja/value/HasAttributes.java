package dev.plimsoll.model.jinja.value;

/** A value of the interpreter that has attributes. */
public interface HasAttributes {

    /** {@link Missing#MISSING} if there is none of that name. */
    Object attribute(String name);
}
