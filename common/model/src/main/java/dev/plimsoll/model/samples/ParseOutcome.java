package dev.plimsoll.model.samples;

/** What a submitted record is: a sample, or the reason why it is none. */
public sealed interface ParseOutcome permits ParsedSample, SampleRefusal {}
