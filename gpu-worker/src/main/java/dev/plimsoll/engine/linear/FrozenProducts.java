package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.Tensor;

/**
 * Products of the MLP without LoRA's part, for activations that add it while they read (decision
 * 0188).
 */
public interface FrozenProducts {

    /**
     * normed [c, h and more] -> gate and up without LoRA's part, and x.AT, unscaled, behind them,
     * [c, gateUpWidth].
     */
    Tensor gateUpFrozen(HeldScope into, LayerWeights weights, Rows normed);

    /**
     * dy [c, h + R], whose tail it fills with du -> da [c, downVjpWidth] without LoRA's part, du.A.
     */
    Tensor downVjpFrozen(HeldScope into, LayerWeights weights, Rows dy);
}
