package dev.plimsoll.engine.script;

import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.shapes.Precision;

/** PyTorch's numbers of dtypes, as the scripts take them. */
public final class TorchDtype {

    public static final int UINT8 = 0;
    public static final int INT32 = 3;
    public static final int INT64 = 4;
    public static final int FP16 = 5;
    public static final int FP32 = 6;
    public static final int FP64 = 7;
    public static final int BF16 = 15;

    private TorchDtype() {}

    /** Of the tensors in a file. */
    public static int of(Dtype dtype) {
        return switch (dtype) {
            case F64 -> FP64;
            case F32 -> FP32;
            case F16 -> FP16;
            case BF16 -> BF16;
            case I64 -> INT64;
            case I32 -> INT32;
            case U8 -> UINT8;
            case BOOL, I8, I16, U16, U32, U64, F8_E4M3, F8_E5M2, C64, OTHER ->
                throw new IllegalArgumentException(
                        dtype.torchName() + " is no type of weights; it is refused before");
        };
    }

    /** In which the engine computes. */
    public static int of(Precision precision) {
        return switch (precision) {
            case FP32 -> FP32;
            case FP64 -> FP64;
            case BF16 -> BF16;
        };
    }
}
