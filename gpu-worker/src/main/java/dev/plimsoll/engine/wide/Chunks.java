package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.pass.PackedMicroBatch;

import java.util.ArrayList;
import java.util.List;

/** Cuts a micro-batch into the chunks that follow each other through the cards. */
final class Chunks {

    private Chunks() {}

    /**
     * Whole sequences in their order, at most so many tokens in a chunk; a longer sequence is a
     * chunk of its own.
     *
     * @param tokens 0: all are one chunk
     */
    static List<List<PackedSequence>> cut(List<PackedSequence> sequences, int tokens) {
        List<List<PackedSequence>> chunks = new ArrayList<>();
        long room = -1;
        for (PackedSequence sequence : sequences) {
            int length = sequence.tokens().length;
            if (chunks.isEmpty() || tokens > 0 && length > room) {
                chunks.add(new ArrayList<>());
                room = tokens;
            }
            chunks.getLast().add(sequence);
            room -= length;
        }
        return chunks;
    }

    /** The same, packed. */
    static List<PackedMicroBatch> packed(
            List<PackedSequence> sequences, int tokens, int vocabulary) {
        if (sequences.isEmpty()) {
            throw new IllegalArgumentException("a micro-batch needs at least one sequence");
        }
        return cut(sequences, tokens).stream()
                .map(chunk -> PackedMicroBatch.of(chunk, vocabulary))
                .toList();
    }
}
