package dev.plimsoll.model.jinja.value;

import java.util.Iterator;

/**
 * Values that are made one by one and can be read once, as Python's generators and iterators.
 *
 * @param name of the type, for messages
 */
public record Gen(String name, Iterator<Object> values) {}
