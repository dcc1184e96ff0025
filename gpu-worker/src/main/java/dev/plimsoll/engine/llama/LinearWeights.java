package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.torch.Value;

/** A linear map of one layer: its frozen weights, with the adapter around them when asked for. */
sealed interface LinearWeights permits ResidentLinear, PackedLinear {

    /** W [o + R, i + R] of llama.py; valid until the next linear map is asked for. */
    Value matrix();

    /** Takes over the windows of a new adapter version, which stay valid until the next one. */
    void adopt(Value adapterWindows);

    /** Bytes on the device. */
    long bytes();
}
