package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StateDigest;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.ArrayList;
import java.util.List;

/**
 * The adapter that a single undisturbed machine would have at each version, computed from the
 * journal and the samples alone.
 */
final class SimVersions {
    private final SimWorld world;
    private final List<SimReplica> versions = new ArrayList<>();
    /** By version: Adam's t. */
    private final List<Long> updates = new ArrayList<>(List.of(0L));

    /**
     * What a step names, in the order of summation.
     *
     * @param attempts in the order in which they were added
     * @param dtype in which it travels
     */
    record Contribution(long contribution, List<List<Long>> attempts, TensorDtype dtype) {}

    SimVersions(SimWorld world) {
        this.world = world;
        int length = (int) world.layout.parameters();
        versions.add(new SimReplica(
                new AdamW(world.run.optimizer()),
                0,
                new AdamW.Vectors(new float[length], new float[length], new float[length])));
    }

    long newest() {
        return versions.size() - 1L;
    }

    long updates() {
        return updates.getLast();
    }

    long digest(long version) {
        return versions.get((int) version).digest();
    }

    long digest(long version, int shard) {
        return StateDigest.of(
                SimVectors.part(parameters(version), world.layout, shard),
                world.layout.start(shard));
    }

    private float[] parameters(long version) {
        return versions.get((int) version).vectors().p();
    }

    /** @param lossTokens of the step's members */
    void fold(
            JournalRecord.ClipFixed clip,
            List<Contribution> contributions,
            long lossTokens,
            double learningRate) {
        float[] sum = sum(clip.step(), contributions);
        double squaredNorm = 0;
        for (int shard = 0; shard < world.layout.shards(); shard++) {
            squaredNorm += SquaredNorm.of(SimVectors.part(sum, world.layout, shard));
        }
        GradientClip expected =
                GradientClip.of(squaredNorm, lossTokens, world.run.optimizer().maxGradientNorm());
        assertThat(clip.gradientNorm())
                .as("gradient norm of step %d", clip.step())
                .isEqualTo(expected.norm());
        assertThat(clip.gradientScale())
                .as("gradient scale of step %d", clip.step())
                .isEqualTo(expected.gradientScale());
        assertThat(clip.learningRate())
                .as("learning rate of step %d", clip.step())
                .isEqualTo(learningRate);
        SimReplica next = versions.getLast().copy(newest());
        updates.add(updates() + 1);
        next.fold(
                new FoldNumbers(newest() + 1, expected.gradientScale(), learningRate, updates()),
                sum);
        versions.add(next);
    }

    /** As every replica applies it: computed on the newest version. */
    private float[] sum(long step, List<Contribution> contributions) {
        float[] sum = null;
        boolean bf16 = true;
        for (Contribution contribution : contributions) {
            float[] travelled = travelled(contribution);
            bf16 &= contribution.dtype() == TensorDtype.BF16;
            if (sum == null) {
                sum = travelled;
            } else {
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += travelled[i];
                }
            }
        }
        return contributions.size() > 1 && bf16
                ? SimVectors.decode(
                        SimVectors.encode(sum, TensorDtype.BF16, StochasticBf16.ofSum(step)))
                : sum;
    }

    private float[] travelled(Contribution contribution) {
        float[] sum = new float[(int) world.layout.parameters()];
        long digest = digest(newest());
        for (List<Long> ordinals : contribution.attempts()) {
            ordinals.forEach(ordinal -> SimVectors.addGradient(sum, ordinal, digest));
        }
        return SimVectors.decode(SimVectors.encode(
                sum,
                contribution.dtype(),
                StochasticBf16.ofContribution(contribution.contribution())));
    }

    /** The next version is the older one. */
    void restore(long of) {
        versions.add(versions.get((int) of).copy(newest() + 1));
        updates.add(updates.get((int) of));
    }

    void require(ShardState state) {
        assertThat(state.version()).as("version of %s", state).isLessThanOrEqualTo(newest());
        assertThat(state.updates()).as("updates of %s", state).isEqualTo(updates.get((int)
                state.version()));
        AdamW.Vectors whole = versions.get((int) state.version()).vectors();
        require(state, "parameter", state.master(), whole.p());
        require(state, "first moment", state.firstMoment(), whole.m());
        require(state, "second moment", state.secondMoment(), whole.v());
    }

    private void require(ShardState state, String what, float[] values, float[] whole) {
        int start = (int) world.layout.start(state.shard());
        for (int i = 0; i < values.length; i++) {
            if (Float.floatToIntBits(values[i]) != Float.floatToIntBits(whole[start + i])) {
                assertThat(values[i])
                        .as("%s %d in %s", what, start + i, state)
                        .isEqualTo(whole[start + i]);
            }
        }
    }
}
