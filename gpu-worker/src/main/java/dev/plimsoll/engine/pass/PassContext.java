package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.Linear;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.LlamaConfig;

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
        scope.hold((long) rows * columns * model.precision().bytes());
        return script().buffer(scope.scope(), model.weights().norm(), rows, columns);
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
        int width = h + model.linearSizes().tail(reader);
        Tensor y = buffer(scope, count, width);
        model.kernels().rmsNorm(rows(x, count, h), norm, rows(y, count, width));
        return y;
    }

    /**
     * Fills the tails that are there and adds dA and dB of a linear map: dy [t, o or o + R], x [t,
     * i or i + R].
     */
    void loraBackward(int layer, Linear linear, TensorList weights, Tensor dy, Tensor x) {
        script().linear()
                .loraBackward(
                        dy,
                        x,
                        weights,
                        gradients(layer),
                        linear.first(),
                        linear.parts(),
                        model.loraScaling());
    }

    /** The same where du is there already. */
    void loraGradients(int layer, Linear linear, Tensor dy, Tensor du, Tensor x) {
        script().linear()
                .loraGradients(
                        dy,
                        du,
                        x,
                        weights(layer).adapter(linear),
                        gradients(layer),
                        linear.first(),
                        linear.parts(),
                        model.loraScaling());
    }

    /** The window of sliding attention in a layer; 0 where no sequence is longer. */
    int slidingWindow(int layer) {
        int window = config().slidingWindow(layer);
        return window >= in.longest() ? 0 : window;
    }
}
