package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.Command.RestoreCheckpoint;
import dev.plimsoll.wire.protocol.Command.SaveCheckpoint;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.Optional;

/**
 * One shard of the parameter server: sums what a step names, then makes the next version of it.
 * Pure: {@link ShardDriver} says when. Commands may repeat and come late; no step is applied twice,
 * because only a command on top of the current version is heard, and {@link #adopt} raises it.
 *
 * <p>Use: {@link #on(ApplyStep)}; for {@link Response.Sum}, read and add each contribution, then
 * {@link #summed}; {@link #on(FixClip)}; {@link #adopt} what it wrote once that is durable. A
 * rollback is {@link #on(RestoreCheckpoint)}, {@link #restored}, {@link #adopt}. Not safe for use
 * by several threads.
 */
public final class ShardCore {
    private final ShardLayout layout;
    private final AdamW adamW;
    private ShardState state;
    private Optional<ContributionSum> pending = Optional.empty();

    public ShardCore(ShardLayout layout, OptimizerSettings settings, ShardState state) {
        this.layout = layout;
        this.adamW = new AdamW(settings);
        this.state = state;
    }

    /** What a command leads to. */
    public sealed interface Response {
        /** Nothing: it is late, or too early. */
        record Ignored(String reason) implements Response {}

        /** Read and add the contributions. */
        record Sum(ContributionSum sum) implements Response {}

        /** Write it: a new version, a checkpoint, or only the report of what was done before. */
        record Write(ShardTransaction transaction) implements Response {}

        /** Read the checkpoint, and give it to {@link #restored}. */
        record Load(RestoreCheckpoint command) implements Response {}
    }

    public ShardState state() {
        return state;
    }

    /** To be sent once the shard is loaded and listens to lane 0. */
    public Report.ShardReady ready() {
        return new Report.ShardReady(state.shard(), state.version());
    }

    public Response on(ApplyStep command) {
        if (state.version() == command.baseVersion() + 1) {
            return answer(
                    new Report.ShardApplied(state.shard(), command.step(), state.version(), 0));
        }
        if (state.version() != command.baseVersion()) {
            return new Response.Ignored(
                    "step " + command.step() + " goes on top of version " + command.baseVersion()
                            + "; shard " + state.shard() + " is at " + state.version());
        }
        Optional<ContributionSum> same = pending.filter(sum -> sum.isOf(command));
        if (same.isPresent()) {
            return answer(same.get().report());
        }
        pending = Optional.empty();
        return new Response.Sum(new ContributionSum(command, layout, state.shard()));
    }

    /** The sum is complete: it is kept for the clip, and reported. */
    public Report.ShardSummed summed(ContributionSum sum) {
        if (!sum.isComplete()) {
            throw new IllegalStateException("the sum of step " + sum.step() + " is not complete");
        }
        pending = Optional.of(sum);
        return sum.report();
    }

    public Response on(FixClip command) {
        Optional<ContributionSum> sum = pending.filter(is -> is.step() == command.step());
        if (sum.isEmpty()) {
            return new Response.Ignored(
                    "shard " + state.shard() + " holds no sum of step " + command.step());
        }
        long version = state.version() + 1;
        long updates = state.updates() + 1;
        float[] master = state.master().clone();
        float[] firstMoment = state.firstMoment().clone();
        float[] secondMoment = state.secondMoment().clone();
        float[] gradient = sum.get().scaled(command.gradientScale());
        adamW.update(master, gradient, firstMoment, secondMoment, updates, command.learningRate());
        ShardState next =
                new ShardState(state.shard(), version, updates, master, firstMoment, secondMoment);
        return new Response.Write(new ShardTransaction.NewVersion(
                next,
                next.manifest(layout, command.step(), sum.get().builtFrom()),
                new Report.ShardApplied(state.shard(), command.step(), version, 0)));
    }

    public Response on(SaveCheckpoint command) {
        return state.version() == command.version()
                ? new Response.Write(new ShardTransaction.NewCheckpoint(
                        state,
                        command.name(),
                        new Report.CheckpointSaved(
                                state.shard(), command.name(), command.version())))
                : new Response.Ignored(
                        "checkpoint " + command.name() + " is of version " + command.version()
                                + "; shard " + state.shard() + " is at " + state.version());
    }

    /**
     * A rollback goes on top of a version as a step does; what was summed for that version is void.
     */
    public Response on(RestoreCheckpoint command) {
        if (state.version() == command.baseVersion() + 1) {
            return answer(
                    new Report.CheckpointRestored(state.shard(), command.name(), state.version()));
        }
        return state.version() == command.baseVersion()
                ? new Response.Load(command)
                : new Response.Ignored("checkpoint " + command.name() + " goes on top of version "
                        + command.baseVersion() + "; shard " + state.shard() + " is at "
                        + state.version());
    }

    /** @param checkpoint as it was saved, of the command's {@code ofVersion} */
    public ShardTransaction.NewVersion restored(RestoreCheckpoint command, ShardState checkpoint) {
        if (checkpoint.version() != command.ofVersion() || checkpoint.shard() != state.shard()) {
            throw new IllegalStateException(checkpoint + " is not what " + command + " asks for");
        }
        ShardState next = checkpoint.as(command.baseVersion() + 1);
        return new ShardTransaction.NewVersion(
                next,
                next.manifest(
                        layout, new ShardManifest.Restored(command.name(), command.ofVersion())),
                new Report.CheckpointRestored(state.shard(), command.name(), next.version()));
    }

    private static Response answer(Report.OfShard report) {
        return new Response.Write(new ShardTransaction.Answer(report));
    }

    /** The version is durable. */
    public void adopt(ShardTransaction.NewVersion durable) {
        if (durable.state().version() != state.version() + 1) {
            throw new IllegalStateException(state + " cannot become " + durable.state());
        }
        state = durable.state();
        pending = Optional.empty();
    }
}
