package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.Linear;

/**
 * LoRA's own, narrow products: u = s·x.AT, du = s·dy.B, dA = duT.x, dB = dyT.u. Letters as in
 * llama.py; w is a linear map's list, which begins with A [R, i] and B [o, R].
 */
public interface LoraProducts {

    /** u into the tail of x [t, i + R]. */
    void input(TensorList w, Linear linear, Rows x);

    /** du into the tail of dy [t, o + R]. */
    void derivative(TensorList w, Linear linear, Rows dy);

    /**
     * Adds dA and dB to the sums of a layer; dy [t, o + R] has du in its tail, x [t, i or i + R].
     */
    void gradients(TensorList w, Linear linear, TensorList sums, Rows dy, Rows x);

    /** dA alone. */
    void gradientOfA(TensorList w, Linear linear, TensorList sums, Rows dy, Rows x);

    /** dB alone, of a map that is one projection; u lies in the columns of x from at on. */
    void gradientOfB(TensorList w, Linear linear, TensorList sums, Rows dy, Rows x, int at);

    /** Both where dy [t, o] has no tail. Returns du [t, R]. */
    Tensor gradientsBeside(
            HeldScope into, TensorList w, Linear linear, TensorList sums, Rows dy, Rows x);
}
