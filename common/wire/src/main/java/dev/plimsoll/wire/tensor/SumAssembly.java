package dev.plimsoll.wire.tensor;

import dev.plimsoll.wire.run.ShardLayout;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Collects the chunks of one gradient, all shards', in any order and any number of times, as one
 * vector as it travels. What others wrote between them is passed over.
 */
public final class SumAssembly {
    private final ShardLayout layout;
    private final long owner;
    private final boolean[][] present;
    private final List<String> flaws = new ArrayList<>();
    private TensorDtype dtype;
    private byte[] bytes;

    /** @param owner that of its chunks */
    public SumAssembly(ShardLayout layout, long owner) {
        this.layout = layout;
        this.owner = owner;
        present = new boolean[layout.shards()][];
        for (int shard = 0; shard < present.length; shard++) {
            present[shard] = new boolean[layout.chunks(shard)];
        }
    }

    /** A chunk whose checksum was right. */
    public void add(TensorChunk chunk) {
        if (chunk.owner() != owner || !chunk.part().equals("sum")) {
            return;
        }
        if (bytes == null) {
            dtype = chunk.dtype();
            bytes = new byte[Math.toIntExact(layout.parameters() * dtype.bytes())];
        }
        if (!fits(chunk)) {
            flaws.add("chunk " + chunk + " does not fit a vector of " + dtype);
            return;
        }
        long at = layout.start(chunk.shard()) + layout.chunkStart(chunk.chunk());
        System.arraycopy(
                chunk.bytes(), 0, bytes, Math.toIntExact(at * dtype.bytes()), chunk.bytes().length);
        present[chunk.shard()][chunk.chunk()] = true;
    }

    private boolean fits(TensorChunk chunk) {
        return chunk.dtype() == dtype
                && chunk.shard() >= 0
                && chunk.shard() < layout.shards()
                && chunk.chunk() >= 0
                && chunk.chunk() < layout.chunks(chunk.shard())
                && chunk.count() == layout.chunkLength(chunk.shard(), chunk.chunk());
    }

    /** Why it cannot be used; empty when it is whole. */
    public Optional<String> flaw() {
        if (!flaws.isEmpty()) {
            return Optional.of(flaws.getFirst());
        }
        for (int shard = 0; shard < present.length; shard++) {
            for (int chunk = 0; chunk < present[shard].length; chunk++) {
                if (!present[shard][chunk]) {
                    return Optional.of("chunk " + chunk + " of " + present[shard].length
                            + " of shard " + shard + " is missing or damaged");
                }
            }
        }
        return Optional.empty();
    }

    /** Of a whole one. */
    public TensorDtype dtype() {
        return dtype;
    }

    /** Of a whole one: little endian, in the order of the layout. Not copied. */
    public byte[] bytes() {
        return bytes;
    }
}
