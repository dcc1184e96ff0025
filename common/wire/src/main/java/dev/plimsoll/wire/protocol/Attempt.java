package dev.plimsoll.wire.protocol;

/** One try at one micro-batch. Ids are never reused within a run. */
public record Attempt(long attempt, long step) {}
