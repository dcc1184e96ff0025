package dev.plimsoll.engine.script;

import ai.djl.engine.EngineException;

import java.util.Optional;

/**
 * llama.py: tensors in and out, the adapter, embedding, head and the end of a micro-batch; its
 * other methods are {@link KernelScript}, {@link LinearScript} and {@link AttentionScript}. Letters
 * and formulas as there. A device is a number: -1 the CPU, n the n-th GPU; a dtype is a number of
 * {@link TorchDtype}.
 */
public final class LlamaScript extends TorchScript {

    private final KernelScript kernels = new KernelScript(this);
    private final LinearScript linear = new LinearScript(this);
    private final AttentionScript attention = new AttentionScript(this);

    private LlamaScript(String source) {
        super("Llama", source);
    }

    /** Compiles llama.py with a way to compute attention; the caller closes it. */
    public static LlamaScript load(AttentionSource attention) {
        return new LlamaScript(attention.text() + Resources.text("llama.py"));
    }

    /** What PyTorch says when it makes a tensor on that device; empty if it can. */
    public static Optional<String> failureOn(int device) {
        try (LlamaScript script = load(AttentionSource.COMPOSED);
                Scope scope = script.scope()) {
            script.zeros(scope, 1, TorchDtype.FP32, device);
            return Optional.empty();
        } catch (EngineException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    public KernelScript kernels() {
        return kernels;
    }

    public LinearScript linear() {
        return linear;
    }

    public AttentionScript attention() {
        return attention;
    }

    /** A vector on the CPU, to be filled through its address. */
    public Tensor empty(Scope into, long elements, int dtype) {
        return tensor(into, "empty", elements, dtype);
    }

    /** [elements], on the device of that number: -1 is the CPU, n the n-th GPU. */
    public Tensor zeros(Scope into, long elements, int dtype, int device) {
        return tensor(into, "zeros", elements, dtype, device);
    }

    /** [rows, columns]. */
    public Tensor zerosMatrix(Scope into, int rows, int columns, int dtype, int device) {
        return tensor(into, "zeros_matrix", rows, columns, dtype, device);
    }

    /** An uninitialised [rows, columns] with the dtype and the device of another tensor. */
    public Tensor buffer(Scope into, Tensor like, int rows, int columns) {
        return tensor(into, "buffer", like, rows, columns);
    }

    /** x on the device, in the dtype. */
    public Tensor place(Scope into, Tensor x, int dtype, int device) {
        return tensor(into, "place", x, dtype, device);
    }

    /** A row-major vector as [rows, columns] on the device. */
    public Tensor matrix(Scope into, Tensor x, long rows, int dtype, int device) {
        return tensor(into, "matrix", x, rows, dtype, device);
    }

    /** The beginning of a flat vector seen as [rows, columns]. */
    public Tensor asMatrix(Scope into, Tensor x, long rows, int columns) {
        return tensor(into, "as_matrix", x, rows, columns);
    }

    /** Rows start to start + length of x, a view. */
    public Tensor rows(Scope into, Tensor x, int start, int length) {
        return tensor(into, "rows", x, start, length);
    }

    /** The window of x from a row on, [rows, columns]; its rows may be apart. */
    public Tensor block(Scope into, Tensor x, int row, int rows, int columns) {
        return tensor(into, "block", x, row, rows, columns);
    }

    /** The columns of x from start on, a view. */
    public Tensor columns(Scope into, Tensor x, int start) {
        return tensor(into, "columns", x, start);
    }

    /** Elements from a row of x to the next. */
    public double stride(Tensor x) {
        return number("stride", x);
    }

    /** The same, asked for once and then known. */
    public long rowStride(Tensor x) {
        if (x.knownStride() < 0) {
            x.learnStride((long) stride(x));
        }
        return x.knownStride();
    }

    /** Copies x into target, from that row and column on. */
    public void put(Tensor target, int row, int column, Tensor x) {
        run("put", target, row, column, x);
    }

    /** Copies the vector x into target, from element at on. */
    public void putVector(Tensor target, int at, Tensor x) {
        run("put_vector", target, at, x);
    }

    /** x += y. */
    public void add(Tensor x, Tensor y) {
        run("add", x, y);
    }

    /** out = x + y. */
    public void addInto(Tensor x, Tensor y, Tensor out) {
        run("add_into", x, y, out);
    }

    /** A window of the flattened tensor, contiguous on the CPU. */
    public Tensor fetch(Scope into, Tensor x, long start, int length, int dtype) {
        return tensor(into, "fetch", x, start, length, dtype);
    }

    /** A copy of x on the CPU. */
    public Tensor onHost(Scope into, Tensor x) {
        return tensor(into, "on_host", x);
    }

    /** x = 0. */
    public void clear(Tensor x) {
        run("clear", x);
    }

    /** One tensor of a list that a method returned. */
    public Tensor element(Scope into, TensorList tensors, int index) {
        return tensor(into, "element", tensors, index);
    }

    /** Where the first tensors of a list begin; valid while the list lives. */
    public long[] addresses(TensorList tensors, int count) {
        if (tensors.knownAddresses() == null) {
            long[] found = new long[count];
            try (Scope temporary = scope()) {
                for (int i = 0; i < count; i++) {
                    found[i] = address(element(temporary, tensors, i));
                }
            }
            tensors.learnAddresses(found);
        }
        return tensors.knownAddresses();
    }

    /** A copy of the first columns of x. */
    public Tensor copyColumns(Scope into, Tensor x, int columns) {
        return tensor(into, "copy_columns", x, columns);
    }

    /**
     * For each projection A [r, i] and B [o, r]: 14 windows into flat, from element at on.
     *
     * @param shapes [7, 2] on the CPU, o and i of each projection
     * @param targets bit p is set where projection p has an adapter
     */
    public TensorList windows(
            Scope into, Tensor flat, Tensor shapes, int at, int rank, int targets) {
        return list(into, "windows", flat, shapes, at, rank, targets);
    }

    /** matrix [o + R, i + R] -> [A, B, W]. */
    public TensorList around(Scope into, Tensor matrix, int o, int i) {
        return list(into, "around", matrix, o, i);
    }

    /** [A, B, codes, scale]; A [tail, i] and B [o, tail] are to be filled. */
    public TensorList beside(Scope into, Tensor codes, Tensor scale, int tail, int dtype) {
        return list(into, "beside", codes, scale, tail, dtype);
    }

    /**
     * Writes A and B of a linear map from the windows of its projections.
     *
     * @param w [A, B, W] or [A, B, codes, scale]
     * @param first the number of its first projection, parts their number
     */
    public void fillAdapter(TensorList w, TensorList windows, int first, int parts) {
        run("fill_adapter", w, windows, first, parts);
    }

    /** table [v, h], tokens [t] -> [t, h]. */
    public Tensor embed(Scope into, Tensor table, Tensor tokens) {
        return tensor(into, "embed", table, tokens);
    }

    /**
     * positions [t], frequencies [d / 2] or [t, d / 2] in fp64 -> cos, sin [t, d / 2] times
     * scaling.
     */
    public TensorList angles(
            Scope into, Tensor positions, Tensor frequencies, double scaling, int dtype) {
        return list(into, "angles", positions, frequencies, scaling, dtype);
    }

    /** x [c, h], w [v, h] -> x.wT [c, v]. */
    public Tensor product(Scope into, Tensor x, Tensor w) {
        return tensor(into, "product", x, w);
    }

    /** dy [c, v], w [v, h] -> dy.w [c, h]. */
    public Tensor productVjp(Scope into, Tensor dy, Tensor w) {
        return tensor(into, "product_vjp", dy, w);
    }

    /** The rows of x [t, h] with those numbers: [c, h]. */
    public Tensor pick(Scope into, Tensor x, Tensor rows) {
        return tensor(into, "pick", x, rows);
    }

    /** target[rows, :h] = x [c, h]. */
    public void putRows(Tensor target, Tensor rows, Tensor x) {
        run("put_rows", target, rows, x);
    }

    /** The sum of the losses, fp64 []. */
    public Tensor total(Scope into, Tensor losses) {
        return tensor(into, "total", losses);
    }

    /** x [t, h] -> norm(x).wT [t, v]. */
    public Tensor logits(Scope into, Tensor x, Tensor norm, Tensor w, double eps) {
        return tensor(into, "logits", x, norm, w, eps);
    }

    /**
     * total += scratch if the loss and every gradient are finite. Returns the sum of all of them,
     * which is finite only if they are.
     */
    public double commit(Tensor total, Tensor scratch, Tensor loss) {
        return number("commit", total, scratch, loss);
    }

    /** The value of a tensor with one element; waits for the device. */
    public double item(Tensor x) {
        return number("item", x);
    }

    /** The number of values that are NaN or infinite. */
    public double nonFinite(Tensor x) {
        return number("non_finite", x);
    }

    /** The number of values. */
    public double elements(Tensor x) {
        return number("elements", x);
    }

    /** x as a vector. */
    public Tensor flat(Scope into, Tensor x) {
        return tensor(into, "flat", x);
    }

    /** x and y flattened, one behind the other, in fp64. */
    public Tensor joined(Scope into, Tensor x, Tensor y) {
        return tensor(into, "joined", x, y);
    }

    /** Smooth, aperiodic numbers in (-1, 1), as [elements / columns, columns]. */
    public Tensor sample(
            Scope into, long elements, double phase, int columns, int dtype, int device) {
        return tensor(into, "sample", elements, phase, columns, dtype, device);
    }
}
