package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * The chunks in which a micro-batch goes through several cards, as
 * {@link MemoryPlan#pipelineTokens} cuts it: whole sequences in their order.
 *
 * @param each at least one
 */
public record Chunks(List<Lengths> each) {

    public Chunks {
        each = List.copyOf(each);
        if (each.isEmpty()) {
            throw new IllegalArgumentException("a micro-batch has at least one chunk");
        }
    }

    /**
     * @param lengths of the sequences, in their order; at least one
     * @param pipelineTokens 0: one chunk
     */
    public static Chunks of(List<Integer> lengths, int pipelineTokens) {
        return new Chunks(cut(lengths, Integer::intValue, pipelineTokens).stream()
                .map(Chunks::lengths)
                .toList());
    }

    private static Lengths lengths(List<Integer> chunk) {
        return new Lengths(
                chunk.stream().mapToInt(Integer::intValue).sum(),
                chunk.stream().mapToLong(length -> (long) length * length).sum());
    }

    /**
     * Whole sequences in their order, at most so many tokens in a chunk; a longer sequence is a
     * chunk of its own.
     *
     * @param sequences none: no chunk
     * @param pipelineTokens 0: one chunk
     */
    public static <T> List<List<T>> cut(
            List<T> sequences, ToIntFunction<T> tokens, int pipelineTokens) {
        List<List<T>> chunks = new ArrayList<>();
        long room = 0;
        for (T sequence : sequences) {
            int length = tokens.applyAsInt(sequence);
            if (chunks.isEmpty() || pipelineTokens > 0 && length > room) {
                chunks.add(new ArrayList<>());
                room = pipelineTokens;
            }
            chunks.getLast().add(sequence);
            room -= length;
        }
        return chunks;
    }

    /**
     * So many tokens in so many equal chunks, of sequences that are not known yet.
     *
     * @param longest the longest sequence's tokens, for its attention
     */
    static Chunks equal(int tokens, int chunks, int longest) {
        int of = Math.ceilDiv(tokens, chunks);
        return new Chunks(Collections.nCopies(
                Math.ceilDiv(tokens, of), new Lengths(of, (long) of * Math.min(of, longest))));
    }

    public int count() {
        return each.size();
    }

    /** Of the longest one. */
    public int mostTokens() {
        return mostTokens(1);
    }

    /** Of so many that follow each other. */
    public int mostTokens(int chunks) {
        long window = 0;
        long most = 0;
        for (int i = 0; i < each.size(); i++) {
            window += each.get(i).tokens();
            if (i >= chunks) {
                window -= each.get(i - chunks).tokens();
            }
            most = Math.max(most, window);
        }
        return Math.toIntExact(most);
    }
}
