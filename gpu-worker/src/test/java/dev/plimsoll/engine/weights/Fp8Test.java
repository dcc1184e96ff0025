package dev.plimsoll.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.engine.torch.Value;
import dev.plimsoll.model.hf.Dtype;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Fp8Test extends QuantizeFixture {

    private static final int TOKENS = 20;
    private static final int IN = 96;
    private static final int OUT = 80;

    @ParameterizedTest
    @CsvSource({"1, 16", "7, 48", "130, 64", "3, 5000"})
    void codes_and_scales_are_those_of_the_reference(int rows, int columns) {
        float[] w = Tensors.normal(rows, rows * columns, 0.02);
        ReferenceFp8 expected = new ReferenceFp8(w, columns);
        for (String method : new String[] {"fp8_quantize", "fp8_rows"}) {
            Value parts = script.call(scope, method, matrix(w, rows, Quantize.FP32));
            assertThat(Tensors.floats(script, script.element(scope, parts, 0), w.length))
                    .isEqualTo(expected.coded);
            assertThat(Tensors.floats(script, script.element(scope, parts, 1), rows))
                    .isEqualTo(expected.scale);
            assertThat(dequantized(parts, Quantize.FP32, w.length)).isEqualTo(expected.dequantized());
        }
        assertThat(Tensors.relative(expected.dequantized(), w)).isBetween(0.015, 0.035);
    }

    @Test
    void chunks_meet_without_a_seam() {
        float[] w = Tensors.normal(9, 4200 * 4128, 0.02);
        Value parts = script.call(scope, "fp8_quantize", matrix(w, 4200, Quantize.FP32));
        float[] restored = dequantized(parts, Quantize.FP32, w.length);
        assertThat(Arrays.mismatch(restored, new ReferenceFp8(w, 4128).dequantized()))
                .isEqualTo(-1);
    }

    @Test
    void bf16_is_taken_and_given() {
        float[] w = Tensors.normal(3, 32 * 64, 1);
        for (int i = 0; i < w.length; i++) {
            w[i] = Dtype.fromBf16(Dtype.toBf16(w[i]));
        }
        float[] expected = new ReferenceFp8(w, 64).dequantized();
        for (int i = 0; i < w.length; i++) {
            expected[i] = Dtype.fromBf16(Dtype.toBf16(expected[i]));
        }
        Value parts = script.call(scope, "fp8_quantize", matrix(w, 32, Quantize.BF16));
        assertThat(dequantized(parts, Quantize.BF16, w.length)).isEqualTo(expected);
    }

    @Test
    void zeros_stay_zeros_extremes_do_not_overflow_and_nan_stays_nan() {
        float[] w = new float[5 * 16];
        Arrays.fill(w, 16, 32, Float.MAX_VALUE);
        Arrays.fill(w, 32, 48, -1e-42f);
        w[48] = Float.NaN;
        w[64] = Float.POSITIVE_INFINITY;
        float[] restored = dequantized(script.call(scope, "fp8_quantize", matrix(w, 5, 6)), Quantize.FP32, w.length);
        assertThat(Arrays.copyOf(restored, 16)).containsOnly(0);
        for (int i = 0; i < 16; i++) {
            assertThat(restored[16 + i]).isCloseTo(Float.MAX_VALUE, within(1e32f));
            assertThat(restored[32 + i]).isCloseTo(0, within(1e-38f));
        }
        assertThat(restored[48]).isNaN();
        assertThat(restored[64])
                .as("infinity becomes NaN, which the gradient check finds")
                .isNaN();
    }

    @Test
    void the_product_is_that_of_the_coded_operands() {
        float[] x = Tensors.normal(11, TOKENS * IN, 1);
        float[] w = Tensors.normal(12, OUT * IN, 0.02);
        float[] codedX = new ReferenceFp8(x, IN).dequantized();
        float[] codedW = new ReferenceFp8(w, IN).dequantized();
        float[] y = call(Fp8Kernel.COMPOSED.product(), x, TOKENS, w, OUT, TOKENS * OUT);
        assertThat(Tensors.relative(y, product(codedX, codedW, TOKENS, OUT, IN)))
                .isLessThan(1e-6);
        assertThat(Tensors.relative(y, product(x, w, TOKENS, OUT, IN)))
                .as("against fp32")
                .isBetween(0.01, 0.05);
    }

    /** dx = dy.W with W's scale folded into dy before dy is coded. */
    @Test
    void the_derivative_is_that_of_the_coded_operands() {
        float[] dy = Tensors.normal(13, TOKENS * OUT, 1e-6);
        float[] w = Tensors.normal(14, OUT * IN, 0.02);
        ReferenceFp8 weight = new ReferenceFp8(w, IN);
        float[] folded = dy.clone();
        for (int i = 0; i < folded.length; i++) {
            folded[i] *= weight.scale[i % OUT];
        }
        float[] coded = new ReferenceFp8(folded, OUT).dequantized();
        float[] dx = call(Fp8Kernel.COMPOSED.vjp(), dy, TOKENS, w, OUT, TOKENS * IN);
        assertThat(Tensors.relative(dx, product(coded, transposed(weight.coded, OUT, IN), TOKENS, IN, OUT)))
                .isLessThan(1e-6);
        assertThat(Tensors.relative(dx, product(dy, transposed(w, OUT, IN), TOKENS, IN, OUT)))
                .as("against fp32")
                .isBetween(0.01, 0.05);
    }

    @Test
    void the_cpu_takes_the_composed_kernel_which_agrees_with_itself() {
        assertThat(Fp8Kernel.choose(script, Quantize.CPU)).isEqualTo(Fp8Kernel.COMPOSED);
        assertThat(Fp8Kernel.difference(script, Quantize.CPU, Fp8Kernel.COMPOSED))
                .isZero();
    }

    private float[] call(String method, float[] a, int rows, float[] w, int out, int count) {
        Value parts = script.call(scope, "fp8_quantize", matrix(w, out, Quantize.FP32));
        Value result = script.call(
                scope,
                method,
                matrix(a, rows, Quantize.FP32),
                script.element(scope, parts, 0),
                script.element(scope, parts, 1));
        return Tensors.floats(script, result, count);
    }

    private Value matrix(float[] values, int rows, int dtype) {
        return Tensors.matrix(script, scope, values, rows, dtype);
    }

    private float[] dequantized(Value parts, int dtype, int count) {
        Value w = script.call(
                scope, "fp8_dequantize", script.element(scope, parts, 0), script.element(scope, parts, 1), dtype);
        return Tensors.floats(script, w, count);
    }

    /** a [m, k] . b [n, k] transposed, summed in fp64. */
    private static float[] product(float[] a, float[] b, int m, int n, int k) {
        float[] y = new float[m * n];
        for (int r = 0; r < m; r++) {
            for (int c = 0; c < n; c++) {
                double sum = 0;
                for (int i = 0; i < k; i++) {
                    sum += (double) a[r * k + i] * b[c * k + i];
                }
                y[r * n + c] = (float) sum;
            }
        }
        return y;
    }

    private static float[] transposed(float[] a, int rows, int columns) {
        float[] t = new float[a.length];
        for (int i = 0; i < a.length; i++) {
            t[i % columns * rows + i / columns] = a[i];
        }
        return t;
    }
}
