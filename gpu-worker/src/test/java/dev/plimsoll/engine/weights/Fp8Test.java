package dev.plimsoll.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.Dtype;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;

class Fp8Test extends QuantizeFixture {

    private static final int TOKENS = 20;
    private static final int IN = 96;
    private static final int COLUMNS = 80;

    @ParameterizedTest
    @CsvSource({"1, 16", "7, 48", "130, 64", "3, 5000"})
    void codes_and_scales_are_those_of_the_reference(int rows, int columns) {
        float[] w = Tensors.normal(rows, rows * columns, 0.02);
        ReferenceFp8 expected = new ReferenceFp8(w, columns);
        Tensor input = matrix(w, rows, TorchDtype.FP32);
        Tensor noFactor = matrix(new float[0], 0, TorchDtype.FP32);
        List<TensorList> results = List.of(
                script.fp8Quantize(scope, input), script.fp8Code(scope, input, columns, noFactor));
        for (TensorList parts : results) {
            assertThat(Tensors.floats(script.element(scope, parts, 0), w.length))
                    .isEqualTo(expected.coded);
            assertThat(Tensors.floats(script.element(scope, parts, 1), rows))
                    .isEqualTo(expected.scale);
            assertThat(dequantized(parts, TorchDtype.FP32, w.length))
                    .isEqualTo(expected.dequantized());
        }
        assertThat(Tensors.relative(expected.dequantized(), w)).isBetween(0.015, 0.035);
    }

    @Test
    void chunks_meet_without_a_seam() {
        float[] w = Tensors.normal(9, 4200 * 4128, 0.02);
        TensorList parts = script.fp8Quantize(scope, matrix(w, 4200, TorchDtype.FP32));
        float[] restored = dequantized(parts, TorchDtype.FP32, w.length);
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
        TensorList parts = script.fp8Quantize(scope, matrix(w, 32, TorchDtype.BF16));
        assertThat(dequantized(parts, TorchDtype.BF16, w.length)).isEqualTo(expected);
    }

    @Test
    void zeros_stay_zeros_extremes_do_not_overflow_and_nan_stays_nan() {
        float[] w = new float[5 * 16];
        Arrays.fill(w, 16, 32, Float.MAX_VALUE);
        Arrays.fill(w, 32, 48, -1e-42f);
        w[48] = Float.NaN;
        w[64] = Float.POSITIVE_INFINITY;
        float[] restored =
                dequantized(script.fp8Quantize(scope, matrix(w, 5, 6)), TorchDtype.FP32, w.length);
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
    void a_factor_joins_before_the_rows_are_coded() {
        float[] x = Tensors.normal(13, TOKENS * IN, 1e-6);
        float[] factor = Tensors.normal(14, COLUMNS, 1);
        float[] product = new float[TOKENS * COLUMNS];
        for (int i = 0; i < product.length; i++) {
            product[i] = x[i / COLUMNS * IN + i % COLUMNS] * factor[i % COLUMNS];
        }
        ReferenceFp8 expected = new ReferenceFp8(product, COLUMNS);
        TensorList parts = script.fp8Code(
                scope,
                matrix(x, TOKENS, TorchDtype.FP32),
                COLUMNS,
                matrix(factor, COLUMNS, TorchDtype.FP32));
        assertThat(dequantized(parts, TorchDtype.FP32, product.length))
                .isEqualTo(expected.dequantized());
    }

    @Test
    void parts_go_into_one_matrix_which_turns() {
        float[] first = Tensors.normal(1, 16 * IN, 1);
        float[] second = Tensors.normal(2, 32 * IN, 3);
        TensorList room = script.fp8Room(scope, 48, IN, DeviceTensors.CPU);
        script.fp8Put(room, 0, script.fp8Quantize(scope, matrix(first, 16, TorchDtype.FP32)));
        script.fp8Put(room, 16, script.fp8Quantize(scope, matrix(second, 32, TorchDtype.FP32)));
        float[] both = Arrays.copyOf(first, 48 * IN);
        System.arraycopy(second, 0, both, first.length, second.length);
        ReferenceFp8 expected = new ReferenceFp8(both, IN);
        assertThat(dequantized(room, TorchDtype.FP32, both.length))
                .isEqualTo(expected.dequantized());
        Tensor turned = script.fp8Turn(scope, script.element(scope, room, 0));
        float[] codes = Tensors.floats(turned, both.length);
        for (int i = 0; i < codes.length; i++) {
            assertThat(codes[i]).isEqualTo(expected.coded[i % 48 * IN + i / 48]);
        }
    }

    private Tensor matrix(float[] values, int rows, int dtype) {
        return Tensors.matrix(script, scope, values, rows, dtype);
    }

    private float[] dequantized(TensorList parts, int dtype, int count) {
        Tensor w = script.fp8Dequantize(
                scope, script.element(scope, parts, 0), script.element(scope, parts, 1), dtype);
        return Tensors.floats(w, count);
    }
}
