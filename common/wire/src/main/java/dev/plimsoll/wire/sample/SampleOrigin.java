package dev.plimsoll.wire.sample;

/** Where a sample was submitted: partition and offset in the topic {@code samples}. */
public record SampleOrigin(int partition, long offset) {}
