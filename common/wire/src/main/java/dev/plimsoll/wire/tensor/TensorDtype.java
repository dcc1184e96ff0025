package dev.plimsoll.wire.tensor;

/** How a value is written, little endian. */
public enum TensorDtype {
    F32(4),
    BF16(2);

    private final int bytes;

    TensorDtype(int bytes) {
        this.bytes = bytes;
    }

    /** Of one value. */
    public int bytes() {
        return bytes;
    }
}
