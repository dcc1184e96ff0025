package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.TensorList;

/**
 * A linear map of one layer: its frozen weights and the adapter, as the lists that llama.py takes.
 */
public sealed interface LinearWeights permits ResidentLinear, PackedLinear, Fp8Linear {

    /** [A, B, W]; valid until the next linear map of packed weights is asked for. */
    TensorList around();

    /** A list that begins with A and B, as valid as {@link #around()} at least. */
    TensorList adapter();

    /** Takes over the windows of a new adapter version, which stay valid until the next one. */
    void adopt(TensorList adapterWindows);

    /** Bytes on the device. */
    long bytes();
}
