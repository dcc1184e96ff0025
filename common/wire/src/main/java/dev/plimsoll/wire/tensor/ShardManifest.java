package dev.plimsoll.wire.tensor;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.protocol.ContributionManifest;

import java.util.List;
import java.util.Optional;

/**
 * What one shard of one adapter version consists of and was built from. Kept forever under a key of
 * its own in the topic {@code adapter}.
 *
 * @param step the step that made it; -1 for version 0 and for one that a rollback wrote
 * @param chunkChecksums CRC-32C of each chunk's bytes, in chunk order
 * @param builtFrom the manifests of the contributions summed into it, in the order of summation;
 *     empty for version 0 and for one that a rollback wrote
 * @param restored what a rollback made it of
 */
public record ShardManifest(
        int shard,
        long step,
        long version,
        List<Long> chunkChecksums,
        List<ContributionManifest> builtFrom,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Restored> restored) {

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
        this(shard, step, version, chunkChecksums, builtFrom, Optional.empty());
    }

    private record Built(
            int shard,
            long step,
            long version,
            List<Long> chunkChecksums,
            List<ContributionManifest> builtFrom) {}

    /** Records from before there were rollbacks have no {@code restored}. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static ShardManifest read(JsonNode json) throws JsonProcessingException {
        Built built = WireCodec.json().treeToValue(json, Built.class);
        JsonNode restored = json.get("restored");
        return new ShardManifest(
                built.shard(),
                built.step(),
                built.version(),
                built.chunkChecksums(),
                built.builtFrom(),
                restored == null || restored.isNull()
                        ? Optional.empty()
                        : Optional.of(WireCodec.json().treeToValue(restored, Restored.class)));
    }
}
