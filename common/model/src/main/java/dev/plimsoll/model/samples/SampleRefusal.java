package dev.plimsoll.model.samples;

import dev.plimsoll.wire.sample.RejectionReason;

/** Why a record will not be trained; the note names the value and what to do about it. */
public record SampleRefusal(RejectionReason reason, String note)
        implements ParseOutcome, TokenizeOutcome, ExplainOutcome {}
