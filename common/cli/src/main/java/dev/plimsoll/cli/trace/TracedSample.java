package dev.plimsoll.cli.trace;

import dev.plimsoll.wire.codec.TraceContext;
import dev.plimsoll.wire.sample.TokenizedSample;

/**
 * A sample that is to be traced, as ingest wrote it.
 *
 * @param head of its first chunk
 * @param partition of the topic tokenized, where ...
 * @param offset ... that chunk lies
 * @param atMillis when it was written
 * @param context of ingest's span, as the chunk's header says, or a new one
 */
record TracedSample(
        TokenizedSample.Head head,
        int partition,
        long offset,
        long atMillis,
        TraceContext context) {

    long ordinal() {
        return head.sequence().ordinal();
    }
}
