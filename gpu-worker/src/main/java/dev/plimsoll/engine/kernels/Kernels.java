package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;

/**
 * Elementwise steps over rows, with results in buffers that the caller made. The formulas are those
 * of llama.py's methods of the same names. A {@link Rows} may be a window into wider rows.
 */
public interface Kernels {

    /** c rows of a tensor, each beginning ld elements behind the one before. */
    record Rows(Tensor tensor, int count, int ld) {}

    /** y = norm(x); x without gaps, h wide. */
    void rmsNorm(Rows x, Tensor w, Rows y);

    /** delta += x; y = norm(delta); delta and x without gaps. */
    void addRmsNorm(Rows delta, Rows x, Tensor w, Rows y);

    /** sum += the VJP of norm at x. */
    void rmsNormVjp(Rows dy, Rows x, Tensor w, Rows sum);

    /** Turns the first heads of each row by the angles. */
    void rotate(Rows qk, Angles angles, int heads);

    /** out = dq and dk turned back, and dv, side by side. */
    void rotateBack(Rows dq, Rows dk, Rows dv, Rows out, Angles angles);

    /** cos and sin [t, half] in the wide precision. */
    record Angles(Tensor cos, Tensor sin, int half) {}

    /** a = silu(gate) * up. */
    void swiglu(Rows gateUp, Rows a, int f);

    /**
     * In place: gate and up become their derivatives; a, which holds da, becomes silu(gate) * up.
     */
    void swigluVjp(Rows gateUp, Rows a, int f);

    /** Whether {@link #swigluLora} and its VJP are worth calling, and take such ranks. */
    boolean takes(MlpRanks ranks, int f);

    /**
     * swiglu of gate and up that lack LoRA's part, which is added while they are read.
     *
     * @param gateUp [c, 2f + R] with x.AT, unscaled, in its tail
     * @param adapter the 14 windows of a layer
     */
    void swigluLora(Rows gateUp, Rows a, TensorList adapter, Mlp mlp);

    /**
     * Its VJP: gate and up become their derivatives. a holds da without LoRA's part.
     *
     * @param dy [c, h + R] with du of down in its tail
     * @param sums the 14 windows of a layer's gradients, to which those are added that sum over the
     *     rows: dB of gate and up, dA of down; null for none
     * @param keep whether a becomes silu(gate) * up; otherwise it is spent
     */
    void swigluLoraVjp(
            HeldScope into,
            Rows gateUp,
            Rows a,
            Rows dy,
            TensorList adapter,
            TensorList sums,
            Mlp mlp,
            boolean keep);

    /** @param scaling of LoRA */
    record Mlp(int f, int h, MlpRanks ranks, double scaling) {}

    /**
     * Adds dA of the projections of a linear map, below one another, to the sums of each.
     *
     * @param da [the sum of the ranks, columns] in the wide precision
     * @param sums the 14 windows of a layer
     * @param first the first of the projections, by its number
     * @param ranks of the projections, at most three; 0 where one has no adapter
     */
    void addOfA(Tensor da, int columns, TensorList sums, int first, int... ranks);

    /** Copies columns of a matrix, from at on, to those of another from to on; all are even. */
    void copyStrip(Rows from, int at, Rows into, int to, int columns);

    /** losses = cross entropy of the rows of z [c, v]; z becomes its derivative if backward. */
    void crossEntropy(Rows z, Tensor targets, Tensor losses, boolean backward);
}
