package dev.plimsoll.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.OptimizerSettings;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

class ReplicaTest {
    private static final AdamW ADAM_W = new AdamW(new OptimizerSettings(
            new LearningRate(0.1, LearningRate.Schedule.CONSTANT, 0, 0),
            0.9,
            0.999,
            1e-8,
            0.01,
            0));
    private static final int LENGTH = 600_011;

    /** Element by element and by one thread, as {@link AdamW} says, against the slices. */
    @Test
    void aFoldIsTheFormulaToTheBit() {
        float[] p = Vectors.normal(1, LENGTH);
        Replica replica = Replica.initial(0, p);
        float[] m = new float[LENGTH];
        float[] v = new float[LENGTH];
        for (int update = 1; update <= 5; update++) {
            float[] sum = Vectors.normal(10 + update, LENGTH);
            replica.fold(ADAM_W, sum, 1.0 / 77, 1e-3);
            AdamW.Scalars s = ADAM_W.scalars(update, 1e-3);
            for (int i = 0; i < LENGTH; i++) {
                float g = (float) (sum[i] * (1.0 / 77));
                float decayed = p[i] * s.decay();
                m[i] = m[i] + s.firstWeight() * (g - m[i]);
                v[i] = v[i] * s.beta2() + s.secondWeight() * g * g;
                float root = (float) Math.sqrt(v[i]);
                p[i] = decayed - s.stepSize() * m[i] / (root / s.rootBias() + s.epsilon());
            }
            assertThat(Arrays.equals(replica.master(), p)).isTrue();
            assertThat(Arrays.equals(replica.firstMoment(), m)).isTrue();
            assertThat(Arrays.equals(replica.secondMoment(), v)).isTrue();
        }
        assertThat(replica.version()).isEqualTo(5);
        assertThat(replica.updates()).isEqualTo(5);
    }

    @Test
    void shardsFoldTheirSlicesToWhatTheWholeIs() {
        float[] initial = Vectors.normal(2, LENGTH);
        int cut = 200_003;
        Replica whole = Replica.initial(0, initial);
        Replica first = Replica.initial(0, Arrays.copyOf(initial, cut));
        Replica second = Replica.initial(cut, Arrays.copyOfRange(initial, cut, LENGTH));
        for (int update = 1; update <= 3; update++) {
            float[] sum = Vectors.normal(20 + update, LENGTH);
            whole.fold(ADAM_W, sum, 0.01, 1e-3);
            first.fold(ADAM_W, Arrays.copyOf(sum, cut), 0.01, 1e-3);
            second.fold(ADAM_W, Arrays.copyOfRange(sum, cut, LENGTH), 0.01, 1e-3);
            assertThat(first.digest() + second.digest()).isEqualTo(whole.digest());
        }
    }

    @Test
    void aCopyStaysWhatItWas() {
        Replica replica = Replica.initial(3, new float[] {1, 2});
        Replica kept = replica.copy();
        replica.fold(ADAM_W, new float[] {1, 1}, 1, 0.1);
        assertThat(kept.digest()).isNotEqualTo(replica.digest());
        kept.fold(ADAM_W, new float[] {1, 1}, 1, 0.1);
        assertThat(kept.digest()).isEqualTo(replica.digest());
        assertThat(kept.version()).isEqualTo(1);
        assertThat(kept.firstParameter()).isEqualTo(3);
    }

    /**
     * After a rollback Adam's t is less than the version's number; where training goes on that
     * another run began, it is more.
     */
    @Test
    void updatesAreCountedApartFromVersions() {
        AdamW.Vectors one = new AdamW.Vectors(new float[] {1}, new float[1], new float[1]);
        AdamW.Vectors other = new AdamW.Vectors(new float[] {1}, new float[1], new float[1]);
        Replica rolledBack = new Replica(0, 7, 2, one);
        Replica straight = new Replica(0, 2, 2, other);
        rolledBack.fold(ADAM_W, new float[] {1}, 1, 0.1);
        straight.fold(ADAM_W, new float[] {1}, 1, 0.1);
        assertThat(rolledBack.digest()).isEqualTo(straight.digest());
        assertThat(rolledBack.version()).isEqualTo(8);
        assertThat(new Replica(0, 2, 3, one).updates()).isEqualTo(3);
        assertThatThrownBy(() -> new Replica(0, 2, -1, one))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Both hold the same at version 9 after 4 updates; one of them does not know the latter. */
    @Test
    void anUpdateWhoseNumberIsToldIsThatUpdate() {
        Replica knowing = new Replica(0, 9, 4, vectors());
        Replica told = new Replica(0, 9, 9, vectors());
        float[] sum = {1, -1};
        knowing.fold(ADAM_W, sum, 1, 0.1);
        told.fold(ADAM_W, sum, 1, 5, 0.1);
        assertThat(told.digest()).isEqualTo(knowing.digest());
        assertThat(told.updates()).isEqualTo(5);
        assertThat(told.version()).isEqualTo(10);
    }

    private static AdamW.Vectors vectors() {
        return new AdamW.Vectors(
                new float[] {1, 2}, new float[] {0.5f, 0.25f}, new float[] {0.1f, 0.2f});
    }

    @Test
    void lengthsThatDifferAreRefused() {
        assertThatThrownBy(() -> new Replica(
                        0, 0, 0, new AdamW.Vectors(new float[2], new float[1], new float[2])))
                .isInstanceOf(IllegalArgumentException.class);
        Replica replica = Replica.initial(0, new float[2]);
        assertThatThrownBy(() -> replica.fold(ADAM_W, new float[3], 1, 0.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a gradient of 3 values for 2");
        assertThat(replica.version()).isZero();
    }
}
