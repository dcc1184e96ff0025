package dev.plimsoll.engine.pass;

import dev.plimsoll.model.hf.LlamaConfig;

import java.util.HashMap;
import java.util.Map;

/**
 * When equally long sequences are worth the dense kernel. It is faster, but builds a plan for each
 * new shape, forward and backward, which takes 0.13 s on an H200. So it is taken for a shape when
 * what it would have saved so far has reached that (as one who may hire or buy skis): at once where
 * one micro-batch earns it, and never for a shape that does not come again.
 */
public final class DenseAttention {

    private static final int MIN_LENGTH = 256;
    private static final int MAX_SHAPES = 256;

    /**
     * Pairs of tokens, times layers and the width of all queries, for which the other kernel takes
     * 0.13 s longer: 4 x 2,048 tokens take an 8B 28 ms longer, 1 x 8,192 take 108.
     */
    private static final double PLAN_PAIRS = 80e6 * 32 * 4096;

    private final boolean available;
    private final double pairsOfPlan;
    private final Map<Long, Double> pairs = new HashMap<>();

    /** @param pairsOfPlan pairs of tokens in one layer that are worth a plan; 0 for at once */
    DenseAttention(boolean available, double pairsOfPlan) {
        this.available = available;
        this.pairsOfPlan = pairsOfPlan;
    }

    /**
     * For a model, or a part of it.
     *
     * @param available on the device; -Dplimsoll.dense=true takes it at once then
     */
    public static DenseAttention of(boolean available, LlamaConfig model) {
        double width = (double) model.attentionHeads() * model.headDim() * model.layers();
        boolean atOnce = Boolean.getBoolean("plimsoll.dense");
        return new DenseAttention(available, atOnce ? 0 : PLAN_PAIRS / width);
    }

    /** To be asked once for each micro-batch. */
    boolean worth(PackedMicroBatch in) {
        int sequences = in.bounds().length - 1;
        if (!available
                || in.longest() < MIN_LENGTH
                || (long) sequences * in.longest() != in.tokenCount()) {
            return false;
        }
        long shape = (long) sequences << 32 | in.longest();
        double mine = (double) in.tokenCount() * in.longest();
        if (pairs.size() >= MAX_SHAPES && !pairs.containsKey(shape)) {
            return mine >= pairsOfPlan;
        }
        return pairs.merge(shape, mine, Double::sum) >= pairsOfPlan;
    }
}
