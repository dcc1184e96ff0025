package dev.plimsoll.model.hf;

/** Element types of safetensors files that occur in the files of Llamas. */
public enum Dtype {
    F64(8, "float64"),
    F32(4, "float32"),
    F16(2, "float16"),
    BF16(2, "bfloat16"),
    I64(8, "int64"),
    I32(4, "int32"),
    U8(1, "uint8");

    private final int bytes;
    private final String torchName;

    Dtype(int bytes, String torchName) {
        this.bytes = bytes;
        this.torchName = torchName;
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
