package dev.plimsoll.wire.run;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.settings.FleetCatalogue;

import java.time.Duration;

/**
 * How work is spread.
 *
 * @param shards parts of the adapter, each with its own partition and transactional id
 * @param maxMicroBatchTokens ceiling of a packed micro-batch; a longer single sequence still goes
 *     alone
 * @param maxSequenceTokens no sequence is longer
 * @param lease silence after which a worker counts as lost
 * @param longSamples what becomes of samples with more tokens than {@code maxSequenceTokens}
 * @param untoldFields what becomes of chats of which the chat template leaves something out
 */
public record FleetSettings(
        int shards,
        int maxMicroBatchTokens,
        int maxSequenceTokens,
        Duration lease,

        @AddedLater("\"REJECT\"") LongSamples longSamples,

        @AddedLater("\"REJECT\"") UntoldFields untoldFields) {

    public FleetSettings {
        FleetCatalogue.SHARDS.require(shards);
        FleetCatalogue.MAX_MICROBATCH_TOKENS.require(maxMicroBatchTokens);
        FleetCatalogue.MAX_SEQUENCE_TOKENS.require(maxSequenceTokens);
        FleetCatalogue.LEASE.require(lease);
    }

    /** Long samples are rejected, and so are chats of which the template leaves something out. */
    public FleetSettings(
            int shards, int maxMicroBatchTokens, int maxSequenceTokens, Duration lease) {
        this(
                shards,
                maxMicroBatchTokens,
                maxSequenceTokens,
                lease,
                LongSamples.REJECT,
                UntoldFields.REJECT);
    }

    FleetSettings in(int parts) {
        return new FleetSettings(
                parts, maxMicroBatchTokens, maxSequenceTokens, lease, longSamples, untoldFields);
    }
}
