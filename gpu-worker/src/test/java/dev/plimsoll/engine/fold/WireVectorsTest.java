package dev.plimsoll.engine.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;

class WireVectorsTest {

    /** The values are those that whoever reads the bytes from a topic gets. */
    @ParameterizedTest
    @EnumSource
    void valuesBecomeWhatTravels(TensorDtype dtype) {
        float[] values = {1, -0.1f, 3e-20f, -0f, 7e8f};
        byte[] bytes = WireVectors.encode(values, dtype, 12, 0);
        assertThat(new TensorChunk(0, 0, "sum", 12, dtype, bytes).values()).isEqualTo(values);
        assertThat(WireVectors.decode(new WireVector(dtype, bytes))).isEqualTo(values);
        if (dtype == TensorDtype.F32) {
            assertThat(values).isEqualTo(new float[] {1, -0.1f, 3e-20f, -0f, 7e8f});
        }
    }

    private static float[] manyValues() {
        float[] values = new float[100_003];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i) * (1 + i % 7);
        }
        return values;
    }

    @ParameterizedTest
    @EnumSource
    void whatTravelsHasTheNormsOfItsValues(TensorDtype dtype) {
        float[] values = manyValues();
        byte[] bytes = WireVectors.encode(values, dtype, 5, 0);
        ShardLayout shards = new ShardLayout(values.length, 2);
        assertThat(WireVectors.squaredNorms(new WireVector(dtype, bytes), shards))
                .isEqualTo(WireVectors.squaredNorms(values, shards));
    }

    /** Wherever it is cut. */
    @ParameterizedTest
    @EnumSource
    void partsAreRoundedAsPartsOfTheWhole(TensorDtype dtype) {
        float[] values = manyValues();
        byte[] whole = WireVectors.encode(values.clone(), dtype, 5, 0);
        for (int cut : new int[] {1, 2, 3, 40_001}) {
            byte[] second = WireVectors.encode(
                    Arrays.copyOfRange(values, cut, values.length), dtype, 5, cut);
            assertThat(second)
                    .isEqualTo(Arrays.copyOfRange(whole, cut * dtype.bytes(), whole.length));
        }
    }

    @Test
    void aShardWithAValueThatIsNotFiniteHasNoFiniteNorm() {
        double[] norms = WireVectors.squaredNorms(
                new float[] {3, 4, 1, Float.POSITIVE_INFINITY, Float.NaN, 1},
                new ShardLayout(6, 3));
        assertThat(norms).containsExactly(25, Double.POSITIVE_INFINITY, Double.NaN);
    }

    @Test
    void vectorsOfAnotherLengthAreRefused() {
        WireVector six = new WireVector(TensorDtype.BF16, new byte[6]);
        WireVectors.require(six, 3);
        assertThatThrownBy(() -> WireVectors.require(six, 2)).hasMessageContaining("6 bytes");
        assertThatThrownBy(() -> WireVectors.require(new ShardLayout(6, 2), 5))
                .hasMessageContaining("6 parameters, the adapter has 5");
    }
}
