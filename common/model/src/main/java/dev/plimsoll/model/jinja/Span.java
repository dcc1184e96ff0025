package dev.plimsoll.model.jinja;

/** Characters {@code from} to {@code to}, the end not among them, counted as Java's chars. */
public record Span(int from, int to) {}
