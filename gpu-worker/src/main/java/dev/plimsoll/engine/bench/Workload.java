package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.PackedSequence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** What a case trains: one micro-batch, the same one in every repeat. */
sealed interface Workload {

    /** @param data the sequences of --data; empty without it */
    List<PackedSequence> microBatch(int vocabulary, List<PackedSequence> data);

    /** Random tokens, each of them trained. */
    record Equal(int sequences, int length) implements Workload {

        private static final long SEED = 3;

        public Equal {
            if (sequences < 1 || length < 2) {
                throw new IllegalArgumentException(sequences + "x" + length
                        + " trains nothing; give at least 1 sequence of at least 2 tokens");
            }
        }

        @Override
        public List<PackedSequence> microBatch(int vocabulary, List<PackedSequence> data) {
            SplittableRandom random = new SplittableRandom(SEED);
            List<PackedSequence> microBatch = new ArrayList<>();
            for (int s = 0; s < sequences; s++) {
                boolean[] trainOn = new boolean[length];
                Arrays.fill(trainOn, true);
                microBatch.add(new PackedSequence(
                        s, random.ints(length, 0, vocabulary).toArray(), trainOn));
            }
            return microBatch;
        }
    }

    /**
     * The data's sequences from the first on, in order, as many as have at most maxTokens together.
     */
    record Packed(int maxTokens) implements Workload {

        @Override
        public List<PackedSequence> microBatch(int vocabulary, List<PackedSequence> data) {
            List<PackedSequence> microBatch = new ArrayList<>();
            long tokens = 0;
            for (PackedSequence sequence : data) {
                tokens += sequence.tokens().length;
                if (tokens > maxTokens) {
                    break;
                }
                requireWithin(vocabulary, sequence);
                microBatch.add(sequence);
            }
            if (microBatch.isEmpty()) {
                throw new IllegalArgumentException("packed:" + maxTokens
                        + " has no room for the data's first sequence; give --data and "
                        + "a larger number");
            }
            return microBatch;
        }

        private static void requireWithin(int vocabulary, PackedSequence sequence) {
            for (int token : sequence.tokens()) {
                if (token < 0 || token >= vocabulary) {
                    throw new IllegalArgumentException("the data's line " + sequence.ordinal()
                            + " has token " + token + "; the model's vocabulary has " + vocabulary);
                }
            }
        }
    }
}
