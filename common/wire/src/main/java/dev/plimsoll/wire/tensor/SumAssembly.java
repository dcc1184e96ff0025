package dev.plimsoll.wire.tensor;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.ShardLayout;

import java.util.List;
import java.util.Optional;

/**
 * Collects the chunks of one gradient, all shards', in any order and any number of times, as one
 * vector as it travels. What others wrote between them is passed over. Which publication of a sum
 * counts may be known later than its chunks: before it is {@link #named}, of each chunk the one
 * that came last is kept.
 */
public final class SumAssembly {
    private final ShardLayout layout;
    private final long owner;
    /** Of the chunk that is there, by shard and number; null where there is none. */
    private final String[][] parts;
    /** Empty before it is named. */
    private List<ChunkSpan> spans = List.of();

    private TensorDtype dtype;
    private byte[] bytes;

    /** @param owner that of its chunks */
    public SumAssembly(ShardLayout layout, long owner) {
        this.layout = layout;
        this.owner = owner;
        parts = new String[layout.shards()][];
        for (int shard = 0; shard < parts.length; shard++) {
            parts[shard] = new String[layout.chunks(shard)];
        }
    }

    public long owner() {
        return owner;
    }

    /** A chunk whose checksum was right. */
    public void add(TensorChunk chunk) {
        if (chunk.owner() != owner || !chunk.isSum()) {
            return;
        }
        if (bytes == null) {
            dtype = chunk.dtype();
            bytes = new byte[Math.toIntExact(layout.parameters() * dtype.bytes())];
        }
        if (!fits(chunk) || !isNamed(chunk)) {
            return;
        }
        long at = layout.start(chunk.shard()) + layout.chunkStart(chunk.chunk());
        System.arraycopy(
                chunk.bytes(), 0, bytes, Math.toIntExact(at * dtype.bytes()), chunk.bytes().length);
        parts[chunk.shard()][chunk.chunk()] = chunk.part();
    }

    private boolean isNamed(TensorChunk chunk) {
        return spans.isEmpty()
                || span(chunk.shard())
                        .filter(span -> part(span).equals(chunk.part()))
                        .isPresent();
    }

    private Optional<ChunkSpan> span(int shard) {
        return spans.stream().filter(span -> span.shard() == shard).findFirst();
    }

    private static String part(ChunkSpan span) {
        return TensorChunk.sumPart(span.publication());
    }

    private boolean fits(TensorChunk chunk) {
        return chunk.dtype() == dtype
                && chunk.shard() >= 0
                && chunk.shard() < layout.shards()
                && chunk.chunk() >= 0
                && chunk.chunk() < layout.chunks(chunk.shard())
                && chunk.count() == layout.chunkLength(chunk.shard(), chunk.chunk());
    }

    /**
     * This is what it is to be. From now on nothing else is taken. Returns those of the source's
     * spans of which a chunk is not there, or is another publication's.
     */
    public List<ChunkSpan> named(SumSource source) {
        spans = source.spans();
        return spans.stream().filter(span -> flaw(span).isPresent()).toList();
    }

    /** Why it cannot be used; empty when it is whole, and all of it is what was named. */
    public Optional<String> flaw() {
        for (int shard = 0; shard < parts.length; shard++) {
            Optional<ChunkSpan> span = span(shard);
            Optional<String> flaw = span.isEmpty()
                    ? Optional.of("it is not said where the part of shard " + shard + " lies")
                    : flaw(span.get());
            if (flaw.isPresent()) {
                return flaw;
            }
        }
        return Optional.empty();
    }

    private Optional<String> flaw(ChunkSpan span) {
        String part = part(span);
        String[] there = parts[span.shard()];
        for (int chunk = 0; chunk < there.length; chunk++) {
            if (!part.equals(there[chunk])) {
                return Optional.of("chunk " + chunk + " of " + there.length + " of shard "
                        + span.shard() + " is missing, damaged or of another form");
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
