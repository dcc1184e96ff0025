package dev.plimsoll.wire.run;

import java.util.EnumSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What is trained: low-rank matrices A (loraRank × in) and B (out × loraRank) beside each targeted
 * projection (Hu et al. 2021). loraScaling is alpha / loraRank, or alpha / √loraRank with rsLoRA
 * (Kalajdzievski 2023).
 */
public record LoraSettings(
        int loraRank, double loraAlpha, boolean rsLora, Set<Projection> targets) {

    public LoraSettings {
        if (loraRank < 1 || loraRank > 1024) {
            throw new IllegalArgumentException("loraRank is " + loraRank
                    + "; it must be between 1 and 1024, commonly 8 to 64");
        }
        if (!(loraAlpha > 0) || Double.isInfinite(loraAlpha)) {
            throw new IllegalArgumentException(
                    "loraAlpha is " + loraAlpha + "; it must be a positive number");
        }
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("no LoRA target is given; name at least one of "
                    + EnumSet.allOf(Projection.class));
        }
        SortedSet<Projection> sorted = new TreeSet<>(targets);
        targets = java.util.Collections.unmodifiableSortedSet(sorted);
    }

    /** The factor on x·Aᵀ·Bᵀ. */
    public double loraScaling() {
        return rsLora ? loraAlpha / Math.sqrt(loraRank) : loraAlpha / loraRank;
    }
}
