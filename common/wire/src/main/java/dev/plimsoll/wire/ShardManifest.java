package dev.plimsoll.wire;

import java.util.List;

/**
 * What one shard of one adapter version consists of and was built from. Kept forever under a key of its own in
 * the topic {@code adapter}.
 *
 * @param chunkChecksums CRC-32C of each chunk's bytes, in chunk order
 * @param builtFrom the manifests of the contributions summed into it, in the order of summation; empty for version 0
 */
public record ShardManifest(
        int shard, long step, long version, List<Long> chunkChecksums, List<ContributionManifest> builtFrom) {
    public ShardManifest {
        chunkChecksums = List.copyOf(chunkChecksums);
        builtFrom = List.copyOf(builtFrom);
    }
}
