package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

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
        List<Lengths> chunks = new ArrayList<>();
        int tokens = 0;
        long squares = 0;
        for (int length : lengths) {
            if (tokens > 0 && pipelineTokens > 0 && (long) tokens + length > pipelineTokens) {
                chunks.add(new Lengths(tokens, squares));
                tokens = 0;
                squares = 0;
            }
            tokens += length;
            squares += (long) length * length;
        }
        chunks.add(new Lengths(tokens, squares));
        return new Chunks(chunks);
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
