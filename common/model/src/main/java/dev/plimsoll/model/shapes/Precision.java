package dev.plimsoll.model.shapes;

import java.util.Locale;

/** Of weights and activations. Gradient sums are fp32, and fp64 where the engine computes so. */
public enum Precision {
    FP32(4),
    FP64(8),
    BF16(2);

    private final int bytes;

    Precision(int bytes) {
        this.bytes = bytes;
    }

    public int bytes() {
        return bytes;
    }

    /** The precision of gradient sums, norms, angles and the adapter's master copy. */
    public Precision wide() {
        return this == FP64 ? FP64 : FP32;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * In which a device computes that was given this label: fp32, fp64 and bf16 are meant so; auto
     * and formats of weights alone, such as nf4 and fp8, leave the choice to the kind of device.
     *
     * @param kind cpu or cuda
     */
    public static Precision computing(String kind, String label) {
        for (Precision precision : values()) {
            if (precision.label().equals(label)) {
                return precision;
            }
        }
        return kind.equals("cuda") ? BF16 : FP32;
    }
}
