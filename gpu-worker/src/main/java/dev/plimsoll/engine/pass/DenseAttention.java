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
     * What the other kernel takes longer, in parts of a plan: one for so many pairs of tokens,
     * times layers and the width of all queries, and one for so many layers, since it makes more
     * launches. 4 x 2,048 tokens take an 8B 30 ms longer, 2 x 2,048 take 18, 1 x 512 take 6 to 7.
     */
    private static final double PLAN_PAIRS = 91e6 * 32 * 4096;

    private static final double PLAN_LAYERS = 22 * 32;

    private final boolean available;
    private final double pairsOfPlan;
    private final double timesOfPlan;

    /** Of the shapes that came last, the part of a plan that each has earned. */
    private final Map<Long, Double> earned = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Double> eldest) {
            return size() > MAX_SHAPES;
        }
    };

    /**
     * @param pairsOfPlan pairs of tokens in one layer that are worth a plan; 0 for at once
     * @param timesOfPlan micro-batches that are worth one, however short
     */
    DenseAttention(boolean available, double pairsOfPlan, double timesOfPlan) {
        this.available = available;
        this.pairsOfPlan = pairsOfPlan;
        this.timesOfPlan = timesOfPlan;
    }

    /**
     * For a model, or a part of it.
     *
     * @param available on the device; -Dplimsoll.dense=true takes it at once then
     */
    public static DenseAttention of(boolean available, LlamaConfig model) {
        double width = (double) model.attentionHeads() * model.headDim() * model.layers();
        boolean atOnce = Boolean.getBoolean("plimsoll.dense");
        return new DenseAttention(
                available, atOnce ? 0 : PLAN_PAIRS / width, PLAN_LAYERS / model.layers());
    }

    boolean worth(PackedMicroBatch in) {
        return isTaken(in) && earned.getOrDefault(shape(in), 0.0) + part(in) >= 1;
    }

    /** After such a micro-batch was trained, forward and backward. */
    public void trained(PackedMicroBatch in) {
        if (isTaken(in)) {
            earned.merge(shape(in), part(in), Double::sum);
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

    private double part(PackedMicroBatch in) {
        return in.tokenCount() * (double) in.longest() / pairsOfPlan + 1 / timesOfPlan;
    }
}
