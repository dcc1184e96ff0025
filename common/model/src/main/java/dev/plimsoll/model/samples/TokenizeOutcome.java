package dev.plimsoll.model.samples;

/**
 * What a parsed sample becomes under one tokenizer: a sequence, or the reason why it becomes none.
 */
public sealed interface TokenizeOutcome permits TokenSequence, SampleRefusal {}
