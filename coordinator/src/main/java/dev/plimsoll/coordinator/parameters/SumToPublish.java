package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.Report.ShardSummed;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.List;
import java.util.Optional;

/**
 * The sum of several contributions, for the shard's partition of {@code sums}. It is not written in
 * a transaction, and an owner that was replaced may write there too: so each record says of which
 * publication it is, and only the one that the journal names counts.
 *
 * @param publication as {@link #publication}
 * @param manifests of what was summed, in that order
 * @param chunks the sum as every replica applies it; owner is the step
 * @param summed the report, which does not yet say where the sum lies
 */
public record SumToPublish(
        String publication,
        List<ContributionManifest> manifests,
        List<TensorChunk> chunks,
        ShardSummed summed) {
    private static final int DIGITS = 16;

    public SumToPublish {
        manifests = List.copyOf(manifests);
        chunks = List.copyOf(chunks);
    }

    /**
     * Names one sum that an owner of a shard publishes: what was published under another name, by
     * whomever and of whatever, is no part of it.
     *
     * @param incarnation of the owner; no other has it
     * @param number of its sums, which the owner counts
     * @param contributions in the order of summation
     */
    static String publication(
            String incarnation, long number, long step, List<Long> contributions) {
        return incarnation + "-" + number + "-"
                + Checksums.sha256Hex(step + " of " + contributions).substring(0, DIGITS);
    }

    /** Of the manifest at that place in the order of summation. */
    public String manifestKey(int place) {
        return summed.shard() + "/manifest/" + place + "/" + publication;
    }

    /** @param publication empty where it was written in a transaction: then every manifest is */
    static boolean isOf(String publication, String manifestKey) {
        return publication.isEmpty() || manifestKey.endsWith("/" + publication);
    }

    /** To be sent once all of it is durable. */
    public ShardSummed report(ChunkSpan span) {
        return new ShardSummed(
                summed.shard(),
                summed.step(),
                summed.contributions(),
                summed.squaredNorm(),
                Optional.of(span));
    }
}
