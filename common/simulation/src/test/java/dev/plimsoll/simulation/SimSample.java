package dev.plimsoll.simulation;

import dev.plimsoll.engine.PackedSequence;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A sample as it really is. */
record SimSample(long ordinal, PackedSequence packed, Ill ill) {
    enum Ill {
        NO,
        /** Its loss is never finite. */
        POISONOUS,
        UNREADABLE,
        UNREADABLE_ONCE
    }

    static SimSample draw(long ordinal, SplittableRandom random, int maxTokens) {
        int tokens = random.nextInt(50) == 0
                ? maxTokens + 1
                : 2 + random.nextInt(random.nextInt(10) == 0 ? 800 : 100);
        int lossTokens = random.nextInt(33) == 0 ? 0 : 1 + random.nextInt(tokens - 1);
        boolean[] trainOn = new boolean[tokens];
        Arrays.fill(trainOn, tokens - lossTokens, tokens, true);
        Ill ill = switch (random.nextInt(33)) {
            case 0 -> Ill.POISONOUS;
            case 1 -> Ill.UNREADABLE;
            case 2 -> Ill.UNREADABLE_ONCE;
            default -> Ill.NO;
        };
        return new SimSample(ordinal, new PackedSequence(ordinal, new int[tokens], trainOn), ill);
    }

    int[] tokens() {
        return packed.tokens();
    }

    int lossTokens() {
        return packed.lossTokens();
    }
}
