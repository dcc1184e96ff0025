package dev.plimsoll.engine.script;

/** Of weights and activations. Gradient sums are fp32, and fp64 in an fp64 engine. */
public enum Precision {
    FP32(6, 4),
    FP64(7, 8),
    BF16(15, 2);

    private final int torchDtype;
    private final int bytes;

    Precision(int torchDtype, int bytes) {
        this.torchDtype = torchDtype;
        this.bytes = bytes;
    }

    public int torchDtype() {
        return torchDtype;
    }

    public int bytes() {
        return bytes;
    }

    /** The precision of gradient sums, norms, angles and the adapter's master copy. */
    public Precision wide() {
        return this == FP64 ? FP64 : FP32;
    }

    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    public static Precision of(String label) {
        return valueOf(label.toUpperCase(java.util.Locale.ROOT));
    }
}
