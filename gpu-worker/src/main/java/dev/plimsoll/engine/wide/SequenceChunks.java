package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.pass.PackedMicroBatch;
import dev.plimsoll.model.memory.Chunks;

import java.util.List;

/** The chunks of a micro-batch that follow each other through the cards. */
public final class SequenceChunks {

    private SequenceChunks() {}

    /** As {@link Chunks#cut}. */
    public static List<List<PackedSequence>> cut(
            List<PackedSequence> sequences, int pipelineTokens) {
        return Chunks.cut(sequences, sequence -> sequence.tokens().length, pipelineTokens);
    }

    /** The same, packed. */
    static List<PackedMicroBatch> packed(
            List<PackedSequence> sequences, int pipelineTokens, int vocabulary) {
        if (sequences.isEmpty()) {
            throw new IllegalArgumentException("a micro-batch needs at least one sequence");
        }
        return cut(sequences, pipelineTokens).stream()
                .map(chunk -> PackedMicroBatch.of(chunk, vocabulary))
                .toList();
    }
}
