package dev.plimsoll.wire.tensor;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;
import dev.plimsoll.wire.protocol.ContributionManifest;

import java.util.List;
import java.util.Optional;

/**
 * What one shard of one adapter version consists of and was built from. Kept forever under a key of
 * its own in the topic {@code adapter}.
 *
 * @param step the step that made it; -1 for version 0 and for one that a rollback wrote
 * @param chunkChecksums CRC-32C of each chunk's bytes, in chunk order; empty while the state is not
 *     written, and of a version whose state never is
 * @param builtFrom the manifests of the contributions summed into it, in the order of summation;
 *     empty for version 0 and for one that a rollback wrote
 * @param restored what a rollback made it of
 * @param digest of the shard's parameters; 0 in one that does not say
 */
@WireFamily(name = "plimsoll.shard-manifest")
@WireName("ShardManifest")
public record ShardManifest(
        int shard,
        long step,
        long version,
        List<Long> chunkChecksums,
        List<ContributionManifest> builtFrom,

        @AddedLater("null") @JsonInclude(JsonInclude.Include.NON_ABSENT)
        Optional<Restored> restored,

        @AddedLater("0") long digest) {

    /**
     * The checkpoint that a version repeats.
     *
     * @param version when it was taken: what was trained after it is undone
     */
    public record Restored(String checkpoint, long version) {}

    public ShardManifest {
        chunkChecksums = List.copyOf(chunkChecksums);
        builtFrom = List.copyOf(builtFrom);
    }

    /** Of a version that a step made, or of version 0. */
    public ShardManifest(
            int shard,
            long step,
            long version,
            List<Long> chunkChecksums,
            List<ContributionManifest> builtFrom) {
        this(shard, step, version, chunkChecksums, builtFrom, Optional.empty(), 0);
    }

    /** Whether the state of the version was written with it. */
    public boolean hasState() {
        return !chunkChecksums.isEmpty();
    }
}
