package dev.plimsoll.wire.run;

import java.time.Duration;

/**
 * How work is spread.
 *
 * @param shards parts of the adapter, each with its own partition and transactional id
 * @param maxMicroBatchTokens ceiling of a packed micro-batch; a longer single sequence still goes
 *     alone
 * @param maxSequenceTokens longer samples are rejected
 * @param lease silence after which a worker counts as lost
 */
public record FleetSettings(
        int shards, int maxMicroBatchTokens, int maxSequenceTokens, Duration lease) {

    public FleetSettings {
        if (shards < 1 || shards > 64) {
            throw new IllegalArgumentException(
                    "shards is " + shards + "; it must lie between 1 and 64");
        }
        if (maxMicroBatchTokens < 1 || maxSequenceTokens < 2) {
            throw new IllegalArgumentException("max-microbatch-tokens is " + maxMicroBatchTokens
                    + " and max-sequence-tokens is " + maxSequenceTokens
                    + "; they must be at least 1 and 2");
        }
        if (lease.toMillis() < 500) {
            throw new IllegalArgumentException(
                    "lease is " + lease + "; it must be at least 500 ms");
        }
    }
}
