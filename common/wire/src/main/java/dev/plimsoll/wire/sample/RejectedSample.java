package dev.plimsoll.wire.sample;

import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;

/**
 * A sample that will not be trained, and why.
 *
 * @param source file and line as the submitter named them ("train.jsonl:17"), or empty
 * @param sha256 of the submitted bytes, hex
 * @param recordPrefix the first 1,024 characters of the submitted record
 */
@WireFamily(name = "plimsoll.rejected")
@WireName("RejectedSample")
public record RejectedSample(
        String sampleId,
        SampleOrigin origin,
        String source,
        RejectionReason reason,
        String note,
        Content content) {

    /** What was submitted, recognisable without being repeated whole. */
    public record Content(String sha256, String recordPrefix) {}
}
