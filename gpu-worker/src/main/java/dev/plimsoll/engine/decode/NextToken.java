package dev.plimsoll.engine.decode;

import dev.plimsoll.engine.script.DecodeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Chooses tokens. The random numbers are Java's, one a token, so a seed means the same on every
 * device; the rest is done on the device, and one number is read.
 */
final class NextToken {

    private final DecoderModel model;
    private final DecodeScript script;
    private final Sampling sampling;
    private final SplittableRandom random;
    private final Scope whole;
    private Tensor seen;

    /** @param whole lives as long as the text */
    NextToken(DecoderModel model, Sampling sampling, Scope whole) {
        this.model = model;
        this.script = model.script();
        this.sampling = sampling;
        this.random = new SplittableRandom(sampling.seed());
        this.whole = whole;
    }

    /**
     * Waits for the device.
     *
     * @param logits [v] behind the last token
     * @param before the tokens that came since the last call
     */
    int choose(Tensor logits, int... before) {
        try (Scope step = script.scope()) {
            Tensor z = sampling.penalises() ? penalised(step, logits, before) : logits;
            return (int)
                    (sampling.isGreedy()
                            ? script.likeliest(z)
                            : script.drawn(
                                    z,
                                    sampling.temperature(),
                                    sampling.topP(),
                                    random.nextDouble()));
        }
    }

    private Tensor penalised(Scope step, Tensor logits, int... before) {
        if (seen == null) {
            seen = script.unseen(whole, logits);
        }
        long[] ids = Arrays.stream(before).asLongStream().toArray();
        script.see(seen, model.tensors().integers(step, ids, TorchDtype.INT64));
        return script.penalised(step, logits, seen, sampling.repetitionPenalty());
    }
}
