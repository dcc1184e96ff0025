package dev.plimsoll.engine;

import dev.plimsoll.model.hf.AdapterLayout;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Made-up sequences and adapters, repeatable by their seed. */
final class Sequences {

    private Sequences() {}

    /** Lengths in [shortest, longest), the first third of each a prompt that is not trained on. */
    static List<PackedSequence> random(
            long seed, int count, int shortest, int longest, int vocabSize) {
        SplittableRandom random = new SplittableRandom(seed);
        List<PackedSequence> sequences = new ArrayList<>();
        for (int s = 0; s < count; s++) {
            int length = random.nextInt(shortest, longest);
            int[] tokens = new int[length];
            boolean[] trainOn = new boolean[length];
            for (int i = 0; i < length; i++) {
                tokens[i] = random.nextInt(vocabSize);
                trainOn[i] = i >= length / 3;
            }
            sequences.add(new PackedSequence(s, tokens, trainOn));
        }
        return sequences;
    }

    /** One target each, so that the loss head costs nothing. */
    static List<PackedSequence> lastTokenOnly(int count, int length, int vocabSize) {
        List<PackedSequence> sequences = new ArrayList<>();
        for (PackedSequence s : random(1, count, length, length + 1, vocabSize)) {
            boolean[] trainOn = new boolean[length];
            trainOn[length - 1] = true;
            sequences.add(new PackedSequence(s.ordinal(), s.tokens(), trainOn));
        }
        return sequences;
    }

    /** PEFT's initial A, and a B that is not zero, so that every gradient is alive. */
    static float[] adapter(AdapterLayout layout, long seed) {
        float[] flat = layout.initial(seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (AdapterLayout.Slot slot : layout.slots()) {
            for (int i = 0; !slot.isA() && i < slot.size(); i++) {
                flat[slot.offset() + i] = (float) (0.02 * (2 * random.nextDouble() - 1));
            }
        }
        return flat;
    }
}
