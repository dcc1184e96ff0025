package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.ExpectContributions;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.Command.RestoreCheckpoint;
import dev.plimsoll.wire.protocol.Command.SaveCheckpoint;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.List;
import java.util.Optional;

/**
 * One shard of the parameter server: sums what a step names, then folds it into the next version,
 * in memory. Pure: {@link ShardDriver} says when. Commands may repeat and come late; no step is
 * folded twice, because only a command on top of the current version is heard.
 *
 * <p>Use: {@link #on(ApplyStep)}; for {@link Response.Sum}, read and add each contribution, then
 * {@link #summed}, and {@link #published} if it says so; {@link #on(FixClip)}; for
 * {@link Response.ReadBack}, read and give it to {@link #readBack}. A rollback is
 * {@link #on(RestoreCheckpoint)}, {@link #restored}, {@link #adopt}. Not safe for use by several
 * threads.
 */
public final class ShardCore {
    private final ShardLayout layout;
    private final SumBuffer buffer;
    private final ShardReplica replica;
    private final String incarnation;
    private Optional<StepSum> pending = Optional.empty();
    private Optional<SumOnArrival> arriving = Optional.empty();
    private long publications;

    /** @param incarnation of this owner of the shard; no other has it */
    public ShardCore(
            ShardLayout layout, OptimizerSettings settings, ShardState state, String incarnation) {
        this.incarnation = incarnation;
        this.layout = layout;
        this.buffer = new SumBuffer(layout, state.shard());
        this.replica = new ShardReplica(layout, settings, state);
    }

    /** What a command leads to. */
    public sealed interface Response {
        /** Nothing: it is late. */
        record Ignored(String reason) implements Response {}

        /**
         * Nothing yet: it rests on a version that this shard has not made.
         *
         * @param version the newest that there must be
         */
        record Early(long version, String reason) implements Response {}

        /** Write it: the version that was made, a checkpoint, or only a report. */
        record Write(ShardTransaction transaction) implements Response {}

        /** The contributions were summed as they arrived; read what is left of them. */
        record Arrive(SumOnArrival sum) implements Response {}

        /** Read and add the contributions. */
        record Sum(ContributionSum sum) implements Response {}

        /** The step is committed, and its sum is not at hand: read it. */
        record ReadBack(SourceRead read) implements Response {}

        /** Read the checkpoint, and give it to {@link #restored}. */
        record Load(RestoreCheckpoint command) implements Response {}
    }

    public int shard() {
        return replica.shard();
    }

    public long version() {
        return replica.version();
    }

    /** As it is now; what is folded later does not change it. */
    public ShardState state() {
        return replica.handOut();
    }

    /** To be written, and not read meanwhile by this core. */
    ShardAction.WriteState write() {
        return new ShardAction.WriteState(replica.handOut(), replica.manifest());
    }

    /** To be sent once the shard is loaded and listens to lane 0. */
    public Report.ShardReady ready() {
        return new Report.ShardReady(shard(), version());
    }

    public Response on(ApplyStep command) {
        if (version() > command.baseVersion()) {
            return new Response.Ignored(where("step " + command.step(), command.baseVersion()));
        }
        if (version() < command.baseVersion()) {
            return early("step " + command.step(), command.baseVersion());
        }
        if (command.contributions().isEmpty()) {
            return new Response.Ignored("step " + command.step() + " has no contribution");
        }
        Optional<StepSum> same = pending.filter(sum -> sum.isOf(command));
        if (same.isPresent()) {
            return answer(same.get().report());
        }
        pending = Optional.empty();
        Optional<SumOnArrival> arrived = arriving.filter(is -> is.isOf(command) && !is.isOver());
        return arrived.<Response>map(Response.Arrive::new).orElseGet(() -> sum(command));
    }

    private Response.Sum sum(ApplyStep command) {
        arriving = Optional.empty();
        return new Response.Sum(new ContributionSum(
                command,
                layout,
                shard(),
                buffer,
                publication(command.step(), StepSum.contributions(command))));
    }

    private String publication(long step, List<Long> contributions) {
        return SumToPublish.publication(incarnation, ++publications, step, contributions);
    }

    /** To be fed with what arrives; empty when it is of no use. */
    Optional<SumOnArrival> on(ExpectContributions command) {
        boolean known = pending.filter(sum -> sum.isOf(command)).isPresent();
        if (version() != command.baseVersion() || command.contributions().size() < 2 || known) {
            return Optional.empty();
        }
        pending = Optional.empty();
        arriving = Optional.of(new SumOnArrival(
                command,
                layout,
                shard(),
                buffer,
                publication(command.step(), command.contributions())));
        return arriving;
    }

    /** All that {@link Response.Arrive} asks for was read: the sum is complete, or begins anew. */
    ContributionSum arrived(SumOnArrival arrived, ApplyStep command) {
        Optional<ContributionSum> sum = ContributionSum.of(arrived, command, layout, buffer);
        arriving = Optional.empty();
        return sum.orElseGet(() -> sum(command).sum());
    }

    private String where(String what, long base) {
        return what + " goes on top of version " + base + "; shard " + shard() + " is at "
                + version();
    }

    private Response early(String what, long base) {
        return new Response.Early(base, where(what, base));
    }

    /**
     * The sum is complete. Returns what is to be published, for {@link #published}; when it is
     * empty, {@link #kept} does the same at once.
     */
    Optional<SumToPublish> summed(ContributionSum sum) {
        requireComplete(sum);
        return sum.publish();
    }

    /** The sum is kept for the clip, and its report is to be sent. */
    Report.ShardSummed kept(ContributionSum sum) {
        requireComplete(sum);
        Report.ShardSummed report = sum.report();
        pending = Optional.of(sum.kept(report));
        return report;
    }

    /** The sum is durable under this report; it is kept for the clip. */
    void published(ContributionSum sum, Report.ShardSummed report) {
        requireComplete(sum);
        pending = Optional.of(sum.kept(report));
    }

    private static void requireComplete(ContributionSum sum) {
        if (!sum.isComplete()) {
            throw new IllegalStateException("the sum of step " + sum.step() + " is not complete");
        }
    }

    public Response on(FixClip command) {
        if (command.version() <= version()) {
            return new Response.Ignored(
                    "shard " + shard() + " has made version " + command.version());
        }
        if (command.version() > version() + 1) {
            return new Response.Early(
                    command.version(), where("step " + command.step(), command.version() - 1));
        }
        if (command.source().isEmpty()) {
            return new Response.Ignored(
                    "it is not said where the sum of step " + command.step() + " lies");
        }
        Optional<StepSum> sum = pending.filter(is -> is.isOf(command));
        if (sum.isPresent()) {
            return fold(command, sum.get().values(), sum.get().builtFrom());
        }
        pending = Optional.empty();
        SumSource source = command.source().get();
        return new Response.ReadBack(
                source.published()
                        ? new PublishedSum(command, source, layout, shard())
                        : new ContributionRead(command, source, layout, shard()));
    }

    /** What the command said to read back was read. */
    ShardTransaction readBack(FixClip command, SourceRead read) {
        CommittedSum sum = CommittedSum.of(read, buffer);
        if (sum.flaw().isPresent()) {
            return new ShardTransaction.Answer(new Report.ContributionUnusable(
                    shard(),
                    command.step(),
                    command.source().orElseThrow().owner(),
                    sum.flaw().get()));
        }
        return fold(command, buffer.values(), sum.builtFrom()).transaction();
    }

    private Response.Write fold(
            FixClip command, float[] sum, List<ContributionManifest> builtFrom) {
        ShardManifest manifest = replica.fold(command, sum, builtFrom);
        pending = Optional.empty();
        return new Response.Write(new ShardTransaction.Folded(
                manifest,
                new Report.ShardApplied(shard(), command.step(), version(), manifest.digest())));
    }

    public Response on(SaveCheckpoint command) {
        String what = "checkpoint " + command.name() + " of version " + command.version();
        if (version() < command.version()) {
            return early(what, command.version());
        }
        return version() == command.version()
                ? new Response.Write(new ShardTransaction.NewCheckpoint(
                        replica.handOut(),
                        command.name(),
                        new Report.CheckpointSaved(shard(), command.name(), command.version())))
                : new Response.Ignored(what + " is void: shard " + shard() + " is at " + version());
    }

    /**
     * A rollback goes on top of a version as a step does; what was summed for that version is void.
     */
    public Response on(RestoreCheckpoint command) {
        if (version() == command.baseVersion() + 1) {
            return answer(new Report.CheckpointRestored(shard(), command.name(), version()));
        }
        String what = "checkpoint " + command.name();
        if (version() < command.baseVersion()) {
            return early(what, command.baseVersion());
        }
        return version() == command.baseVersion()
                ? new Response.Load(command)
                : new Response.Ignored(where(what, command.baseVersion()));
    }

    /** @param checkpoint as it was saved, of the command's {@code ofVersion} */
    public ShardTransaction.NewVersion restored(RestoreCheckpoint command, ShardState checkpoint) {
        if (checkpoint.version() != command.ofVersion() || checkpoint.shard() != shard()) {
            throw new IllegalStateException(checkpoint + " is not what " + command + " asks for");
        }
        ShardState next = checkpoint.as(command.baseVersion() + 1);
        return new ShardTransaction.NewVersion(
                next,
                next.manifest(
                        layout, new ShardManifest.Restored(command.name(), command.ofVersion())),
                new Report.CheckpointRestored(shard(), command.name(), next.version()));
    }

    private static Response answer(Report.OfShard report) {
        return new Response.Write(new ShardTransaction.Answer(report));
    }

    /** The version is durable. */
    public void adopt(ShardTransaction.NewVersion durable) {
        if (durable.state().version() != version() + 1) {
            throw new IllegalStateException("shard " + shard() + " at version " + version()
                    + " cannot become " + durable.state());
        }
        replica.adopt(durable);
        pending = Optional.empty();
    }
}
