package dev.plimsoll.engine.decode;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.Precision;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Ways to compute attention over the cache, the preferred one first. On a GPU each is tried at
 * start on fixed numbers (engine rule 9): one that fails or differs is passed over by name.
 */
enum AttentionWay {
    FLASH(2),
    DISPATCHED(1),
    COMPOSED(0);

    private static final System.Logger LOG = System.getLogger(AttentionWay.class.getName());
    private static final int SHORT_WINDOW = 4;

    private final int number;

    AttentionWay(int number) {
        this.number = number;
    }

    /** In decode.py. */
    int number() {
        return number;
    }

    static AttentionWay choose(DecoderModel model) {
        if (model.place().isCpu()) {
            return DISPATCHED;
        }
        Precision precision = model.place().precision();
        for (AttentionWay way :
                precision == Precision.BF16 ? List.of(FLASH, DISPATCHED) : List.of(DISPATCHED)) {
            String failure;
            try {
                double difference = way.difference(model);
                if (difference <= tolerance(precision)) {
                    return way;
                }
                failure = "differs by " + difference + " from " + COMPOSED;
            } catch (RuntimeException e) {
                failure = "fails: " + e.getMessage();
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "attention {0} is passed over in {1}: it {2}",
                    way,
                    precision.label(),
                    failure);
        }
        return COMPOSED;
    }

    /** The largest from plain operators, in the model's own sizes; NaN where a value is. */
    double difference(DecoderModel model) {
        LlamaConfig config = model.config();
        boolean windows = IntStream.range(0, config.layers())
                .anyMatch(layer -> config.slidingWindow(layer) > 0);
        double whole = difference(model, 0);
        return windows ? Math.max(whole, difference(model, SHORT_WINDOW)) : whole;
    }

    private double difference(DecoderModel model, int window) {
        LlamaConfig config = model.config();
        return model.script()
                .attentionDifference(
                        model.weights().norm(),
                        config.attentionHeads(),
                        config.keyValueHeads(),
                        config.headDim(),
                        window,
                        number);
    }

    private static double tolerance(Precision precision) {
        return switch (precision) {
            case FP64 -> 1e-12;
            case FP32 -> 1e-5;
            case BF16 -> 2e-2;
        };
    }
}
