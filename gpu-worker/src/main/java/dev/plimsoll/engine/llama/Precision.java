package dev.plimsoll.engine.llama;

/** Of weights and activations. Gradient sums are fp32, and fp64 in an fp64 engine. */
enum Precision {
    FP32(6, 4),
    FP64(7, 8),
    BF16(15, 2);

    /** PyTorch's number of the dtype int32. */
    static final int INT32 = 3;
    /** PyTorch's number of the dtype int64. */
    static final int INT64 = 4;

    private final int torchDtype;
    private final int bytes;

    Precision(int torchDtype, int bytes) {
        this.torchDtype = torchDtype;
        this.bytes = bytes;
    }

    int torchDtype() {
        return torchDtype;
    }

    int bytes() {
        return bytes;
    }

    /** The precision of gradient sums, norms, angles and the adapter's master copy. */
    Precision wide() {
        return this == FP64 ? FP64 : FP32;
    }

    String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    static Precision of(String label) {
        return valueOf(label.toUpperCase(java.util.Locale.ROOT));
    }
}
