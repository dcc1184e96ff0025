package dev.plimsoll.model.jinja.value;

/** What {@code namespace()} makes: the one value whose attributes a template may set. */
public record Namespace(Dict attributes) {}
