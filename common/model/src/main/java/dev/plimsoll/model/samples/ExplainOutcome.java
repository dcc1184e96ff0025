package dev.plimsoll.model.samples;

/** What a parsed sample becomes, explained; or the reason why it becomes none. */
public sealed interface ExplainOutcome permits Explanation, SampleRefusal {}
