package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.Precision;

/** Cosines and sines for the tokens of a micro-batch. */
final class RotaryAngles {

    private RotaryAngles() {}

    static Kernels.Angles of(LoadedModel model, PackedMicroBatch in, HeldScope whole) {
        LlamaScript script = model.script();
        LlamaConfig config = model.config();
        try (HeldScope temporary = model.held()) {
            Tensor positions =
                    model.tensors().integers(temporary.scope(), in.positions(), TorchDtype.INT64);
            TensorList both = script.angles(
                    temporary.scope(),
                    positions,
                    frequencies(model, in, temporary.scope()),
                    config.rope().attentionScaling(),
                    TorchDtype.of(model.precision().wide()));
            return new Kernels.Angles(
                    script.element(whole.scope(), both, 0),
                    script.element(whole.scope(), both, 1),
                    config.headDim() / 2);
        }
    }

    /** Those of the model, [d / 2], or, where they depend on a sequence's length, [t, d / 2]. */
    private static Tensor frequencies(LoadedModel model, PackedMicroBatch in, Scope into) {
        if (in.longest() <= model.config().rope().steadyTokens()) {
            return model.frequencies();
        }
        double[] values = perToken(model.config(), in.bounds());
        Tensor flat = model.tensors().doubles(into, values, Precision.FP64);
        return model.script()
                .asMatrix(into, flat, in.tokenCount(), model.config().headDim() / 2);
    }

    /** Each sequence's own frequencies, as if it were alone, once for each of its tokens. */
    private static double[] perToken(LlamaConfig config, long[] bounds) {
        int half = config.headDim() / 2;
        double[] values = new double[Math.toIntExact(half * bounds[bounds.length - 1])];
        for (int s = 0; s + 1 < bounds.length; s++) {
            int tokens = (int) (bounds[s + 1] - bounds[s]);
            double[] one = config.rope().inverseFrequencies(config.headDim(), tokens);
            for (long row = bounds[s]; row < bounds[s + 1]; row++) {
                System.arraycopy(one, 0, values, (int) row * half, half);
            }
        }
        return values;
    }
}
