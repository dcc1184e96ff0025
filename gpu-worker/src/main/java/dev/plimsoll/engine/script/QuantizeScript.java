package dev.plimsoll.engine.script;

/**
 * quantize.py: the maths of quantized weights. Letters, layouts and formulas as there; devices and
 * dtypes are numbers, as in {@link LlamaScript}.
 */
public final class QuantizeScript extends TorchScript {

    private QuantizeScript() {
        super("Quantize", Resources.text("quantize.py"));
    }

    /** Compiles quantize.py unless this process has done so; the caller closes it. */
    public static QuantizeScript load() {
        return new QuantizeScript();
    }

    /** One tensor of a list that a method returned. */
    public Tensor element(Scope into, TensorList tensors, int index) {
        return tensor(into, "element", tensors, index);
    }

    /** A vector on the device, to be filled through its address. */
    public Tensor empty(Scope into, long elements, int dtype, int device) {
        return tensor(into, "empty", elements, dtype, device);
    }

    /**
     * A row-major vector as [rows, columns], or as it is where rows is 0; a copy only where the
     * dtype is another.
     */
    public Tensor shaped(Scope into, Tensor x, long rows, int dtype) {
        return tensor(into, "shaped", x, rows, dtype);
    }

    /** How many elements are NaN or infinite. */
    public double nonFinite(Tensor w) {
        return number("non_finite", w);
    }

    /**
     * The tables of a device: pairs [256, 2], thresholds [15], the 8-bit map [256], its thresholds
     * [255].
     */
    public TensorList nf4Tables(Scope into, int device) {
        return list(into, "nf4_tables", device);
    }

    /**
     * w [o, i] with n elements, a multiple of 64 -> codes [n / 2], scale codes [n / 64], scale
     * scales, offset [1].
     */
    public TensorList nf4Quantize(Scope into, Tensor w, TensorList tables) {
        return list(into, "nf4_quantize", w, tables);
    }

    /** The scale of each block of 64, fp32 [n / 64]. */
    public Tensor nf4Scales(
            Scope into, Tensor scaleCodes, Tensor scaleScales, Tensor offset, TensorList tables) {
        return tensor(into, "nf4_scales", scaleCodes, scaleScales, offset, tables);
    }

    /** target [o, i] = value * scale, in place; its rows may be apart. */
    public void nf4DequantizeInto(Tensor target, Tensor packed, Tensor absmax, TensorList tables) {
        run("nf4_dequantize_into", target, packed, absmax, tables);
    }

    /** w [o, i] -> codes [o, i] in e4m3, scale [o, 1] in fp32, w ~ codes * scale. */
    public TensorList fp8Quantize(Scope into, Tensor w) {
        return list(into, "fp8_quantize", w);
    }

    /**
     * The same for the first columns of x [t, columns and more], times factor [columns, 1], or [0,
     * 1] for none.
     */
    public TensorList fp8Code(Scope into, Tensor x, int columns, Tensor factor) {
        return list(into, "fp8_code", x, columns, factor);
    }

    /** codes [rows, columns] and scale [rows, 1], to be filled. */
    public TensorList fp8Room(Scope into, int rows, int columns, int device) {
        return list(into, "fp8_room", rows, columns, device);
    }

    /** codes [rows, columns] alone, to be filled. */
    public Tensor fp8Codes(Scope into, int rows, int columns, int device) {
        return tensor(into, "fp8_codes", rows, columns, device);
    }

    /** Writes a part's codes and scale into the room, from that row on. */
    public void fp8Put(TensorList room, int row, TensorList part) {
        run("fp8_put", room, row, part);
    }

    /** codes [o, i] -> [i, o]. */
    public Tensor fp8Turn(Scope into, Tensor codes) {
        return tensor(into, "fp8_turn", codes);
    }

    /** codes [o, i], scale [o, 1] -> codes * scale. */
    public Tensor fp8Dequantize(Scope into, Tensor codes, Tensor scale, int dtype) {
        return tensor(into, "fp8_dequantize", codes, scale, dtype);
    }

    /** Smooth, aperiodic numbers in (-1, 1), [rows, columns]. */
    public Tensor sample(Scope into, int rows, int columns, double phase, int dtype, int device) {
        return tensor(into, "sample", rows, columns, phase, dtype, device);
    }
}
