package dev.plimsoll.wire.run;

import dev.plimsoll.wire.settings.RunCatalogue;

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
        RunCatalogue.LORA_RANK.require(loraRank);
        RunCatalogue.LORA_ALPHA.require(loraAlpha);
        RunCatalogue.TARGETS.require(
                targets.stream().map(Projection::moduleName).toList());
        SortedSet<Projection> sorted = new TreeSet<>(targets);
        targets = java.util.Collections.unmodifiableSortedSet(sorted);
    }

    /** The factor on x·Aᵀ·Bᵀ. */
    public double loraScaling() {
        return rsLora ? loraAlpha / Math.sqrt(loraRank) : loraAlpha / loraRank;
    }
}
