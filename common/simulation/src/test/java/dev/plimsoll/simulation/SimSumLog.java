package dev.plimsoll.simulation;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.ArrayList;
import java.util.List;

/** What whoever reads a published sum finds of it in the topic. */
final class SimSumLog {
    private SimSumLog() {}

    /** The records of the span that are there; more, for a reader without a defence. */
    static List<SimGradient> of(SimWorld world, long step, ChunkSpan span) {
        List<SimGradient> log = world.kafka.sums.get(span.shard());
        boolean anywhere = world.plant == Plant.STALE_SUM_BELIEVED;
        long begin = world.kafka.sumsBegin[span.shard()];
        long end = span.lastOffset() + 1;
        long from = Math.min(end, anywhere ? begin : Math.max(begin, span.firstOffset()));
        List<SimGradient> found = new ArrayList<>();
        boolean[] seen = new boolean[world.layout.chunks(span.shard())];
        for (SimGradient record : world.gate.passed(log.subList((int) from, (int) end))) {
            if (!(record instanceof SimGradient.Chunk(TensorChunk chunk, boolean damaged))
                    || chunk.owner() != step) {
                found.add(record);
            } else if (!anywhere || !seen[chunk.chunk()]) {
                seen[chunk.chunk()] = true;
                found.add(new SimGradient.Chunk(believed(world, chunk, span), damaged));
            }
        }
        return found;
    }

    private static TensorChunk believed(SimWorld world, TensorChunk chunk, ChunkSpan span) {
        boolean believes = world.plant == Plant.FOREIGN_PUBLICATION_BELIEVED
                || world.plant == Plant.STALE_SUM_BELIEVED;
        return !believes
                ? chunk
                : new TensorChunk(
                        chunk.shard(),
                        chunk.chunk(),
                        TensorChunk.sumPart(span.publication()),
                        chunk.owner(),
                        chunk.dtype(),
                        chunk.bytes());
    }
}
