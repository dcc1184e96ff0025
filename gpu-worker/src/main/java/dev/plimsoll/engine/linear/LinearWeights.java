package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.Value;

/**
 * A linear map of one layer: its frozen weights and the adapter, as the lists that llama.py takes.
 */
public sealed interface LinearWeights permits ResidentLinear, PackedLinear, Fp8Linear {

    /** [A, B, W]; valid until the next linear map of packed weights is asked for. */
    Value around();

    /** A list that begins with A and B, as valid as {@link #around()} at least. */
    Value adapter();

    /** Takes over the windows of a new adapter version, which stay valid until the next one. */
    void adopt(Value adapterWindows);

    /** Bytes on the device. */
    long bytes();
}
