package dev.plimsoll.model.hf;

/**
 * Element types of safetensors files. Weights are F64, F32, F16 or BF16; tensors of other types may
 * lie beside them, and are refused where they are read.
 */
public enum Dtype {
    F64(8, "float64"),
    F32(4, "float32"),
    F16(2, "float16"),
    BF16(2, "bfloat16"),
    I64(8, "int64"),
    I32(4, "int32"),
    U8(1, "uint8"),
    BOOL(1, "bool"),
    I8(1, "int8"),
    I16(2, "int16"),
    U16(2, "uint16"),
    U32(4, "uint32"),
    U64(8, "uint64"),
    F8_E4M3(1, "float8_e4m3fn"),
    F8_E5M2(1, "float8_e5m2"),
    C64(8, "complex64"),
    /** A name that is not known here; the elements' size is not known either, and counts as 0. */
    OTHER(0, "unknown");

    private final int bytes;
    private final String torchName;

    Dtype(int bytes, String torchName) {
        this.bytes = bytes;
        this.torchName = torchName;
    }

    /** The type of that name in a safetensors header. */
    static Dtype of(String name) {
        for (Dtype dtype : values()) {
            if (dtype.name().equals(name)) {
                return dtype;
            }
        }
        return OTHER;
    }

    /** Whether weights can be of this type. */
    public boolean isWeight() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    /** Bytes per element. */
    public int bytes() {
        return bytes;
    }

    /** As config.json names it. */
    public String torchName() {
        return torchName;
    }

    /** Nearest bf16 to value, ties to even: the upper half of the float's bits. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        int roundToEven = 0x7fff + ((bits >>> 16) & 1);
        return (short) ((bits + roundToEven) >>> 16);
    }

    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
