package dev.plimsoll.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.linear.Nf4;
import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.ModelException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;

class Nf4Test extends QuantizeFixture {

    private Nf4 nf4;

    @BeforeEach
    void tables() {
        nf4 = new Nf4(script, scope, DeviceTensors.CPU);
    }

    @Test
    void a_byte_stands_for_two_values_of_the_paper_the_first_in_its_high_half() {
        float[] pairs = Tensors.floats(script.element(scope, nf4.tables(), 0), 512);
        for (int b = 0; b < 256; b++) {
            assertThat(pairs[2 * b]).isEqualTo(ReferenceNf4.VALUES[b >> 4]);
            assertThat(pairs[2 * b + 1]).isEqualTo(ReferenceNf4.VALUES[b & 15]);
        }
    }

    @Test
    void the_8_bit_map_has_256_rising_values_with_0_and_1_but_without_minus_1() {
        float[] map = Tensors.floats(script.element(scope, nf4.tables(), 2), 256);
        assertThat(map).isEqualTo(ReferenceNf4.MAP);
        for (int i = 1; i < 256; i++) {
            assertThat(map[i]).isGreaterThan(map[i - 1]);
        }
        assertThat(map[127]).isZero();
        assertThat(map[255]).isEqualTo(1);
        assertThat(map[0]).isEqualTo(-0.99296875f);
        for (int i = 0; i < 127; i++) {
            assertThat(map[i]).isEqualTo(-map[254 - i]);
        }
    }

    /**
     * Every float near a threshold is coded as by the decision tree, whose thresholds are float
     * literals.
     */
    @Test
    void a_value_at_a_threshold_takes_the_lower_code() {
        float[] steps = Tensors.floats(script.element(scope, nf4.tables(), 1), 15);
        float[] w = new float[64];
        for (int k = 0; k < 15; k++) {
            assertThat(ReferenceNf4.code(steps[k])).isEqualTo(k);
            assertThat(ReferenceNf4.code(Math.nextUp(steps[k]))).isEqualTo(k + 1);
            w[1 + 3 * k] = Math.nextDown(steps[k]);
            w[2 + 3 * k] = steps[k];
            w[3 + 3 * k] = Math.nextUp(steps[k]);
        }
        w[0] = 1;
        byte[] packed = packed(
                nf4.quantize(
                        scope, "w", Tensors.matrix(script, scope, w, 1, TorchDtype.FP32), 1, 64),
                64);
        for (int i = 0; i < 64; i++) {
            assertThat(code(packed, i)).isEqualTo(ReferenceNf4.code(w[i]));
        }
    }

    @Test
    void a_tie_of_scales_falls_as_in_the_search_by_halves() {
        float[] map = ReferenceNf4.MAP;
        float[] thresholds = Tensors.floats(script.element(scope, nf4.tables(), 3), 255);
        for (int k = 0; k < 255; k++) {
            float middle = (map[k] + map[k + 1]) * 0.5f;
            for (float x : new float[] {Math.nextDown(middle), middle, Math.nextUp(middle)}) {
                int code = x > thresholds[k] ? k + 1 : k;
                assertThat(code)
                        .as("%s between %d and %d", x, k, k + 1)
                        .isEqualTo(ReferenceNf4.dynamicCode(x));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 64", "3, 64", "64, 1", "32, 6", "200, 96", "257, 64", "67, 1280", "128, 4160"})
    void codes_and_values_are_those_of_the_reference(int rows, int columns) {
        for (int dtype : new int[] {TorchDtype.FP32, TorchDtype.BF16}) {
            float[] w = Tensors.normal(rows, rows * columns, 0.02);
            if (dtype == TorchDtype.BF16) {
                for (int i = 0; i < w.length; i++) {
                    w[i] = Dtype.fromBf16(Dtype.toBf16(w[i]));
                }
            }
            ReferenceNf4 expected = new ReferenceNf4(w);
            Tensor matrix = Tensors.matrix(script, scope, w, rows, dtype);
            TensorList parts = nf4.quantize(scope, "w", matrix, rows, columns);
            assertThat(packed(parts, w.length)).isEqualTo(expected.packed);
            assertThat(Tensors.bytes(part(parts, 1), w.length / 64)).isEqualTo(expected.scaleCodes);
            assertThat(Tensors.floats(part(parts, 2), expected.scaleScales.length))
                    .isEqualTo(expected.scaleScales);
            assertThat(Tensors.floats(part(parts, 3), 1)).containsExactly(expected.offset);
            Tensor absmax = script.nf4Scales(
                    scope, part(parts, 1), part(parts, 2), part(parts, 3), nf4.tables());
            assertThat(Tensors.floats(absmax, w.length / 64)).isEqualTo(expected.absmax());
            Tensor restored = Tensors.dequantized(script, scope, nf4, parts, rows, TorchDtype.FP32);
            assertThat(Tensors.floats(restored, w.length)).isEqualTo(expected.dequantized());
        }
    }

    /**
     * 17 million elements: three chunks when coding, two when restoring, with and without blocks
     * across rows.
     */
    @ParameterizedTest
    @CsvSource({"4100, 4160", "4200, 4128"})
    void chunks_meet_without_a_seam(int rows, int columns) {
        float[] w = Tensors.normal(rows, rows * columns, 0.02);
        ReferenceNf4 expected = new ReferenceNf4(w);
        TensorList parts = nf4.quantize(
                scope, "w", Tensors.matrix(script, scope, w, rows, TorchDtype.FP32), rows, columns);
        assertThat(Arrays.mismatch(packed(parts, w.length), expected.packed)).isEqualTo(-1);
        Tensor restored = Tensors.dequantized(script, scope, nf4, parts, rows, TorchDtype.FP32);
        assertThat(Arrays.mismatch(Tensors.floats(restored, w.length), expected.dequantized()))
                .isEqualTo(-1);
    }

    @Test
    void bf16_is_rounded_once() {
        float[] w = Tensors.normal(5, 64 * 128, 1);
        TensorList parts = nf4.quantize(
                scope, "w", Tensors.matrix(script, scope, w, 64, TorchDtype.FP32), 64, 128);
        float[] expected = new ReferenceNf4(w).dequantized();
        for (int i = 0; i < w.length; i++) {
            expected[i] = Dtype.fromBf16(Dtype.toBf16(expected[i]));
        }
        Tensor restored = Tensors.dequantized(script, scope, nf4, parts, 64, TorchDtype.BF16);
        assertThat(Tensors.floats(restored, w.length)).isEqualTo(expected);
    }

    /**
     * The target is columns 128 to 256 of a matrix of 384, as where several projections share one
     * matrix.
     */
    @ParameterizedTest
    @CsvSource({"70, 128", "64, 96"})
    void a_window_of_a_wider_matrix_is_filled_in_place(int rows, int columns) {
        float[] w = Tensors.normal(6, rows * columns, 1);
        TensorList parts = nf4.quantize(
                scope, "w", Tensors.matrix(script, scope, w, rows, TorchDtype.FP32), rows, columns);
        Tensor absmax = script.nf4Scales(
                scope, part(parts, 1), part(parts, 2), part(parts, 3), nf4.tables());
        try (LlamaScript llama = LlamaScript.load(AttentionSource.COMPOSED)) {
            float[] all = new float[rows * 3 * columns];
            Arrays.fill(all, 7);
            Tensor matrix = Tensors.matrix(script, scope, all, rows, TorchDtype.FP32);
            Tensor target =
                    llama.block(scope, llama.columns(scope, matrix, columns), 0, rows, columns);
            script.nf4DequantizeInto(target, part(parts, 0), absmax, nf4.tables());
            float[] expected = new ReferenceNf4(w).dequantized();
            float[] filled = Tensors.floats(matrix, all.length);
            for (int i = 0; i < all.length; i++) {
                int row = i / (3 * columns);
                int column = i % (3 * columns) - columns;
                boolean inside = column >= 0 && column < columns;
                assertThat(filled[i]).isEqualTo(inside ? expected[row * columns + column] : 7);
            }
        }
    }

    @Test
    void the_error_of_normal_weights_is_that_of_the_paper() {
        float[] w = Tensors.normal(1, 512 * 1024, 0.02);
        TensorList parts = nf4.quantize(
                scope, "w", Tensors.matrix(script, scope, w, 512, TorchDtype.FP32), 512, 1024);
        float[] restored = Tensors.floats(
                Tensors.dequantized(script, scope, nf4, parts, 512, TorchDtype.FP32), w.length);
        assertThat(Tensors.relative(restored, w)).isBetween(0.085, 0.1);
    }

    @Test
    void a_block_of_zeros_stays_zero() {
        float[] w = Tensors.normal(2, 256, 1);
        Arrays.fill(w, 64, 128, 0);
        TensorList parts = nf4.quantize(
                scope, "w", Tensors.matrix(script, scope, w, 4, TorchDtype.FP32), 4, 64);
        float[] restored = Tensors.floats(
                Tensors.dequantized(script, scope, nf4, parts, 4, TorchDtype.FP32), 256);
        assertThat(Arrays.copyOfRange(restored, 64, 128)).containsOnly(0);
        assertThat(Arrays.copyOf(restored, 64)).doesNotContain(Float.NaN);
        TensorList nothing = nf4.quantize(
                scope,
                "zeros",
                Tensors.matrix(script, scope, new float[128], 2, TorchDtype.FP32),
                2,
                64);
        assertThat(Tensors.floats(
                        Tensors.dequantized(script, scope, nf4, nothing, 2, TorchDtype.FP32), 128))
                .containsOnly(0);
    }

    @Test
    void elements_that_fill_no_block_are_refused_by_name() {
        Tensor matrix = Tensors.matrix(script, scope, new float[3 * 50], 3, TorchDtype.FP32);
        assertThatThrownBy(() ->
                        nf4.quantize(scope, "model.layers.7.mlp.up_proj.weight", matrix, 3, 50))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(
                        "model.layers.7.mlp.up_proj.weight of 3 x 50 has 150 elements");
    }

    @Test
    void bytes_are_what_the_parts_hold() {
        assertThat(Nf4.bytes(64 * 257)).isEqualTo(32 * 257 + 257 + 2 * 4 + 4);
    }

    @Test
    void what_is_not_finite_is_counted() {
        float[] w = Tensors.normal(3, 1000, 1);
        assertThat(script.nonFinite(Tensors.matrix(script, scope, w, 10, TorchDtype.BF16)))
                .isZero();
        w[17] = Float.NaN;
        w[500] = Float.POSITIVE_INFINITY;
        w[999] = Float.NEGATIVE_INFINITY;
        assertThat(script.nonFinite(Tensors.matrix(script, scope, w, 10, TorchDtype.FP32)))
                .isEqualTo(3);
        assertThat(script.nonFinite(Tensors.matrix(script, scope, w, 10, TorchDtype.BF16)))
                .isEqualTo(3);
    }

    private Tensor part(TensorList parts, int index) {
        return script.element(scope, parts, index);
    }

    private byte[] packed(TensorList parts, int elements) {
        return Tensors.bytes(part(parts, 0), elements / 2);
    }

    private static int code(byte[] packed, int element) {
        return element % 2 == 0 ? (packed[element / 2] & 0xff) >> 4 : packed[element / 2] & 15;
    }
}
