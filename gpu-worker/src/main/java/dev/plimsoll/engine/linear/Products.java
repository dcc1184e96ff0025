package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;

/**
 * The products of activations with a layer's linear maps, LoRA included. Letters as in llama.py;
 * results and their room are charged to the scope that is given.
 */
public interface Products {

    /** A part of the query heads and the key-value heads that belong to them. */
    record Group(int index, int of) {
        public static final Group ALL = new Group(0, 1);
    }

    /** The narrow ones, which the blocks call by themselves too. */
    LoraProducts lora();

    /**
     * normed [t, h + R] with its tail -> q, k, v of a group side by side, [t, (n + 2m)d / groups].
     */
    Tensor qkv(HeldScope into, LayerWeights weights, Rows normed, Group group);

    /** dqkv [t, (n + 2m)d + R] -> dNormed [t, h]; adds the LoRA gradients. */
    Tensor qkvVjp(
            HeldScope into, LayerWeights weights, Rows dqkv, Rows normed, TensorList gradients);

    /** x [t, nd] -> [t, h]. */
    Tensor out(HeldScope into, LayerWeights weights, Rows x);

    /** dy [t, h + R] with its tail -> columns at to at + width of dx [t, nd]. */
    Tensor outVjp(HeldScope into, LayerWeights weights, Rows dy, int at, int width);

    /**
     * normed [c, h + R], whose tail is filled -> gate, up and x.AT, unscaled, where there is room
     * for it, side by side, [c, gateUpWidth].
     */
    Tensor gateUp(HeldScope into, LayerWeights weights, Rows normed);

    /**
     * dGateUp [c, gateUpWidth] -> dNormed [c, h]; adds the LoRA gradients.
     *
     * @param hasB whether dB is added already
     */
    Tensor gateUpVjp(
            HeldScope into,
            LayerWeights weights,
            Rows dGateUp,
            Rows normed,
            TensorList gradients,
            boolean hasB);

    /** y = x + a.WdownT for a [c, f + R], whose tail is filled; y may be x. */
    void down(LayerWeights weights, Rows a, Tensor x, Tensor y);

    /** dy [c, h + R], whose tail is filled -> da [c, downVjpWidth]. */
    Tensor downVjp(HeldScope into, LayerWeights weights, Rows dy);

    /** 2f, and the room for a tail where there is one. */
    int gateUpWidth();

    /** f, and the room for a tail where there is one. */
    int downVjpWidth();
}
