package dev.plimsoll.engine.pass;

import dev.plimsoll.model.hf.LlamaConfig;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * When equally long sequences are worth the dense kernel. It is faster, but builds a plan for each
 * new shape, forward and backward, which takes 0.13 s on an H200. So it is taken for a shape when
 * what it would have saved so far has reached that: at once where one micro-batch earns it, and
 * never for a shape that does not come again.
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

    /** Of the shapes that came last, the pairs that were trained. */
    private final Map<Long, Double> pairs = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Double> eldest) {
            return size() > MAX_SHAPES;
        }
    };

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

    boolean worth(PackedMicroBatch in) {
        return isTaken(in) && pairs.getOrDefault(shape(in), 0.0) + pairs(in) >= pairsOfPlan;
    }

    /** After such a micro-batch was trained, forward and backward. */
    public void trained(PackedMicroBatch in) {
        if (isTaken(in)) {
            pairs.merge(shape(in), pairs(in), Double::sum);
        }
    }

    private boolean isTaken(PackedMicroBatch in) {
        return available
                && in.longest() >= MIN_LENGTH
                && (long) sequences(in) * in.longest() == in.tokenCount();
    }

    private static long shape(PackedMicroBatch in) {
        return (long) sequences(in) << 32 | in.longest();
    }

    private static int sequences(PackedMicroBatch in) {
        return in.bounds().length - 1;
    }

    private static double pairs(PackedMicroBatch in) {
        return (double) in.tokenCount() * in.longest();
    }
}
