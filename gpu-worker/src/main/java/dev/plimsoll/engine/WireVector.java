package dev.plimsoll.engine;

import dev.plimsoll.wire.tensor.TensorDtype;

/**
 * A flat vector of the adapter as it travels.
 *
 * @param bytes little endian; not copied
 */
public record WireVector(TensorDtype dtype, byte[] bytes) {}
