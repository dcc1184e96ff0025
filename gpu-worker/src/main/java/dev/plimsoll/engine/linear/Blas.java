package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.nativelib.CublasLt;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;

import java.util.IdentityHashMap;

/**
 * cuBLASLt on PyTorch's bf16 tensors.
 *
 * @param like a bf16 tensor on the device
 * @param maps where the matrices of linear maps lie, which never move
 */
public record Blas(
        CublasLt library,
        LlamaScript script,
        Tensor like,
        Account account,
        IdentityHashMap<TensorList, Map> maps) {

    /** Of a bf16. */
    static final long BYTES = 2;

    public Blas(CublasLt library, LlamaScript script, Tensor like, Account account) {
        this(library, script, like, account, new IdentityHashMap<>());
    }

    /** d [rows, columns] of products over inner. */
    record Size(int rows, int columns, int inner) {}

    /** Rows on the device, each beginning ld elements behind the one before. */
    record Window(long address, int ld, boolean isTurned) {

        Window(long address, int ld) {
            this(address, ld, false);
        }

        /** The transposed matrix. */
        Window turned() {
            return new Window(address, ld, !isTurned);
        }
    }

    /** Where A and B of a linear map begin; the third tensor is the matrix around, or the codes. */
    record Map(long a, int lda, long b, int ldb, long third) {}

    Map map(TensorList w) {
        return maps.computeIfAbsent(w, list -> {
            try (Scope temporary = script.scope()) {
                Tensor a = script.element(temporary, list, 0);
                Tensor b = script.element(temporary, list, 1);
                Tensor third = script.element(temporary, list, 2);
                return new Map(
                        at(a), (int) script.stride(a), at(b), (int) script.stride(b), at(third));
            }
        });
    }

    long at(Tensor tensor) {
        return script.address(tensor);
    }

    HeldScope held() {
        return new HeldScope(script, account);
    }

    /** Uninitialised; not charged. */
    Tensor buffer(HeldScope into, int rows, int columns) {
        return script.buffer(into.scope(), like, rows, columns);
    }

    /** d = alpha * x.y, in bf16. */
    void multiply(Window x, Window y, Window d, Size size, float alpha) {
        multiply(x, y, d, size, alpha, 0, d.address, false);
    }

    /** d = x.y + c, in bf16; c has d's strides. */
    void multiplyAdd(Window x, Window y, long c, Window d, Size size) {
        multiply(x, y, d, size, 1, 1, c, false);
    }

    /** d = alpha * x.y + c, in bf16; c has d's strides, or is 0 for none. */
    void multiplyAdd(Window x, Window y, long c, Window d, Size size, float alpha) {
        multiply(x, y, d, size, alpha, c == 0 ? 0 : 1, c == 0 ? d.address : c, false);
    }

    /** d += x.y, d in fp32. */
    void add(Window x, Window y, Window d, Size size) {
        multiply(x, y, d, size, 1, 1, d.address, true);
    }

    /** d = x.y, d in fp32. */
    void multiplyWide(Window x, Window y, Window d, Size size) {
        multiply(x, y, d, size, 1, 0, d.address, true);
    }

    /**
     * d = x.yT + c, in bf16, for coded x [rows, inner] and y [columns, inner] without gaps.
     *
     * @param c 0 for none
     */
    void multiplyCoded(
            long x, long scalesOfX, long y, long scalesOfY, long c, Window d, Size size) {
        library.multiplyCoded(
                new CublasLt.Shape(
                        size.rows,
                        size.columns,
                        size.inner,
                        false,
                        size.inner,
                        true,
                        size.inner,
                        d.ld,
                        false,
                        true),
                x,
                scalesOfX,
                y,
                scalesOfY,
                c == 0 ? 0 : 1,
                c == 0 ? d.address : c,
                d.address);
    }

    private void multiply(
            Window x,
            Window y,
            Window d,
            Size size,
            float alpha,
            float beta,
            long c,
            boolean wide) {
        library.multiply(
                new CublasLt.Shape(
                        size.rows,
                        size.columns,
                        size.inner,
                        x.isTurned,
                        x.ld,
                        y.isTurned,
                        y.ld,
                        d.ld,
                        wide,
                        false),
                alpha,
                x.address,
                y.address,
                beta,
                c,
                d.address);
    }
}
