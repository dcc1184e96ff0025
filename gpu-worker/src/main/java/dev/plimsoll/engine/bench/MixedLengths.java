package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.PackedSequence;

import java.util.ArrayList;
import java.util.List;

/** A text with long sequences among short ones. */
final class MixedLengths {

    private static final int LONG_EVERY = 100;
    private static final int LONG_TIMES = 50;

    private MixedLengths() {}

    /** The data again and again; every 100th sample is so often itself. */
    static List<PackedSequence> of(List<PackedSequence> data, int samples) {
        List<PackedSequence> text = new ArrayList<>();
        for (int i = 0; i < samples; i++) {
            PackedSequence sample = data.get(i % data.size());
            int times = i % LONG_EVERY == LONG_EVERY / 2 ? LONG_TIMES : 1;
            int length = sample.tokens().length;
            int[] tokens = new int[times * length];
            boolean[] trainOn = new boolean[tokens.length];
            for (int k = 0; k < tokens.length; k++) {
                tokens[k] = sample.tokens()[k % length];
                trainOn[k] = sample.trainOn()[k % length];
            }
            text.add(new PackedSequence(i, tokens, trainOn));
        }
        return text;
    }

    static int longest(List<PackedSequence> text) {
        return text.stream().mapToInt(is -> is.tokens().length).max().orElseThrow();
    }
}
