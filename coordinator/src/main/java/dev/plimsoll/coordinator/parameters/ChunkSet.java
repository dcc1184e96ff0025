package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.model.optimizer.GradientSum;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The chunks of one owner and one part on one shard, as they are found; still encoded. */
final class ChunkSet {
    private static final int INFINITE = 0x7f80_0000;

    private final ShardLayout layout;
    private final int shard;
    private final long owner;
    private final String part;
    private final TensorChunk[] chunks;
    private final List<String> flaws = new ArrayList<>();

    /** @param part what the others wrote between them is passed over by it */
    ChunkSet(ShardLayout layout, int shard, long owner, String part) {
        this.layout = layout;
        this.shard = shard;
        this.owner = owner;
        this.part = part;
        this.chunks = new TensorChunk[layout.chunks(shard)];
    }

    void take(TensorChunk found) {
        if (found.owner() != owner || found.shard() != shard || !found.part().equals(part)) {
            return;
        }
        int chunk = found.chunk();
        if (chunk < 0 || chunk >= chunks.length) {
            flaws.add("chunk " + chunk + " of " + chunks.length);
        } else if (found.count() != layout.chunkLength(shard, chunk)) {
            flaws.add("chunk " + chunk + " has " + found.count() + " values instead of "
                    + layout.chunkLength(shard, chunk));
        } else if (chunks[chunk] != null && !chunks[chunk].equals(found)) {
            flaws.add("chunk " + chunk + " is there twice, with different values");
        } else {
            chunks[chunk] = found;
        }
    }

    /** What was wrong with a chunk that was found. */
    Optional<String> foundFlaw() {
        return flaws.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", flaws));
    }

    Optional<String> missing() {
        for (int chunk = 0; chunk < chunks.length; chunk++) {
            if (chunks[chunk] == null) {
                return Optional.of(
                        "chunk " + chunk + " of " + chunks.length + " is missing or damaged");
            }
        }
        return Optional.empty();
    }

    /** Whether all that were found travelled so. */
    boolean allOf(TensorDtype dtype) {
        for (TensorChunk chunk : chunks) {
            if (chunk != null && chunk.dtype() != dtype) {
                return false;
            }
        }
        return true;
    }

    /**
     * Adds it, whole, to the sum. The reason why it cannot be used, when a value is not finite: the
     * sum is void then.
     */
    Optional<String> addTo(SumBuffer buffer, GradientSum sum, int place) {
        for (int chunk = 0; chunk < chunks.length; chunk++) {
            float[] values = buffer.chunk(chunk);
            chunks[chunk].values(values);
            if (!isFinite(values)) {
                return Optional.of("chunk " + chunk + " holds " + notFinite(values));
            }
            sum.add(place, chunk, values);
        }
        return Optional.empty();
    }

    static boolean isFinite(float[] values) {
        return largest(values) < INFINITE;
    }

    /** The bits of the largest value without its sign. A loop that becomes vector instructions. */
    private static int largest(float[] values) {
        int largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Float.floatToRawIntBits(value) & 0x7fff_ffff);
        }
        return largest;
    }

    private static float notFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return value;
            }
        }
        throw new IllegalStateException("every value is finite");
    }
}
