package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.SequenceRef;

import java.util.Collection;

/**
 * What of a micro-batch's sequences costs time.
 *
 * @param tokens their lengths, added: what linear maps compute
 * @param squares the squares of their lengths, added: what causal attention computes, since no
 *     sequence attends to another
 */
public record Lengths(int tokens, long squares) {

    public static Lengths of(Collection<SequenceRef> sequences) {
        int tokens = 0;
        long squares = 0;
        for (SequenceRef sequence : sequences) {
            tokens += sequence.tokens();
            squares += (long) sequence.tokens() * sequence.tokens();
        }
        return new Lengths(tokens, squares);
    }

    /** @param each sequence's tokens */
    public static Lengths ofTokens(Collection<Integer> each) {
        int tokens = 0;
        long squares = 0;
        for (int length : each) {
            tokens += length;
            squares += (long) length * length;
        }
        return new Lengths(tokens, squares);
    }

    /** The mean length of a token's sequence. */
    long meanLength() {
        return squares / Math.max(1, tokens);
    }

    /** Where a square costs only a part of what it does elsewhere; a token attends to itself. */
    Lengths withAttention(double part) {
        return part == 1 ? this : new Lengths(tokens, Math.max(tokens, Math.round(part * squares)));
    }

    /** Of sequences that are as long, on the average by tokens, as a token's sequence here. */
    Lengths scaledTo(int otherTokens) {
        return new Lengths(otherTokens, Math.round((double) squares / tokens * otherTokens));
    }
}
