package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.engine.weights.LlamaWeights;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.Linear;

/**
 * What all blocks of one pass read.
 *
 * @param bounds [sequences + 1], where sequences begin in the micro-batch
 * @param dense whether all sequences are equally long and worth cuDNN's kernel
 */
record PassContext(
        LoadedModel model,
        PackedMicroBatch in,
        Kernels.Angles angles,
        Tensor bounds,
        boolean dense) {

    LlamaScript script() {
        return model.script();
    }

    LlamaConfig config() {
        return model.config();
    }

    int tokens() {
        return in.tokenCount();
    }

    LayerWeights weights(int layer) {
        return model.weights().layers().get(layer);
    }

    TensorList gradients(int layer) {
        return model.gradients().get(layer);
    }

    double eps() {
        return model.config().rmsNormEps();
    }

    /** An uninitialised [rows, columns] in the compute precision, charged to the scope. */
    Tensor buffer(HeldScope scope, int rows, int columns) {
        scope.hold(model.sizes().matrix(rows, columns));
        return script().buffer(scope.scope(), model.weights().like(), rows, columns);
    }

    /**
     * The first hidden states [t, h]; where the embedding is in host memory its rows are gathered
     * there.
     *
     * @param tokens [t] on the device
     */
    Tensor embed(Tensor tokens, Scope into) {
        LlamaWeights weights = model.weights();
        if (!weights.embeddingOnHost()) {
            return script().embed(into, weights.embedding(), tokens);
        }
        try (Scope host = script().scope()) {
            DeviceTensors cpu = new DeviceTensors(script(), DeviceTensors.CPU);
            Tensor hostTokens = cpu.integers(host, in.tokens(), TorchDtype.INT64);
            Tensor rows = script().embed(host, weights.embedding(), hostTokens);
            int dtype = TorchDtype.of(model.precision());
            return script().place(into, rows, dtype, model.tensors().device());
        }
    }

    /** Rows of a matrix without gaps behind them. */
    static Rows rows(Tensor tensor, int count, int ld) {
        return new Rows(tensor, count, ld);
    }

    /** A window of rows: the tensor itself where it is all of them. */
    Tensor window(Scope scope, Tensor tensor, int start, int count, int of) {
        return count == of ? tensor : script().rows(scope, tensor, start, count);
    }

    /** norm(x) with room for the tail of a linear map: [rows, h + R]. */
    Tensor normed(HeldScope scope, Tensor x, Tensor norm, int count, Linear reader) {
        int h = config().hiddenSize();
        int width = model.linearSizes().inputWidth(reader);
        Tensor y = buffer(scope, count, width);
        model.kernels().rmsNorm(rows(x, count, h), norm, rows(y, count, width));
        return y;
    }

    /** Adds dA and dB of a linear map: dy [t, o + R] has du in its tail, x [t, i or i + R]. */
    void loraGradients(int layer, Linear linear, Rows dy, Rows x) {
        model.products()
                .lora()
                .gradients(weights(layer).adapter(linear), linear, gradients(layer), dy, x);
    }

    /** The window of sliding attention in a layer; 0 where no sequence is longer. */
    int slidingWindow(int layer) {
        int window = config().slidingWindow(layer);
        return window >= in.longest() ? 0 : window;
    }
}
