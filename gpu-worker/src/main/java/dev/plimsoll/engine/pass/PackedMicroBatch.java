package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.PackedSequence;

import java.util.List;

/**
 * Sequences packed back to back: t tokens with positions that restart in each, s + 1 bounds between
 * them, and p pairs of a row and the token that it must predict.
 */
public record PackedMicroBatch(
        long[] tokens, long[] positions, long[] bounds, int longest, long[] rows, long[] targets) {

    public static PackedMicroBatch of(List<PackedSequence> sequences, int vocabSize) {
        int total = sequences.stream().mapToInt(s -> s.tokens().length).sum();
        int pairs = sequences.stream().mapToInt(PackedSequence::lossTokens).sum();
        if (total == 0) {
            throw new IllegalArgumentException("a micro-batch needs at least one sequence");
        }
        PackedMicroBatch packed = new PackedMicroBatch(
                new long[total],
                new long[total],
                new long[sequences.size() + 1],
                sequences.stream().mapToInt(s -> s.tokens().length).max().orElse(0),
                new long[pairs],
                new long[pairs]);
        packed.fill(sequences, vocabSize);
        return packed;
    }

    public int tokenCount() {
        return tokens.length;
    }

    public int lossTokens() {
        return targets.length;
    }

    private void fill(List<PackedSequence> sequences, int vocabSize) {
        int at = 0;
        int pair = 0;
        for (int s = 0; s < sequences.size(); s++) {
            PackedSequence sequence = sequences.get(s);
            for (int i = 0; i < sequence.tokens().length; i++) {
                int token = sequence.tokens()[i];
                if (token < 0 || token >= vocabSize) {
                    throw new IllegalArgumentException(
                            "sequence " + sequence.ordinal() + " has token " + token
                                    + ", but the model's vocabulary has " + vocabSize
                                    + " tokens; the tokenizer belongs to another model");
                }
                tokens[at + i] = token;
                positions[at + i] = i;
                if (i > 0 && sequence.trainOn()[i]) {
                    rows[pair] = at + i - 1L;
                    targets[pair] = token;
                    pair++;
                }
            }
            at += sequence.tokens().length;
            bounds[s + 1] = at;
        }
    }
}
