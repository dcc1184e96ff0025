package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.TensorList;

import java.util.Optional;

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

    /** Those that were taken over last, of the whole layer. */
    TensorList windows();

    /**
     * A list that begins with A and B, which {@link #adopt} has written; empty where they are only
     * written when they are asked for.
     */
    Optional<TensorList> adopted();

    /** The values of the windows are others, and so are those of {@link #adopted()} by now. */
    void changed();

    /** Bytes on the device. */
    long bytes();
}
