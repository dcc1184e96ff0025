package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.RestoreCheckpoint;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Drives one shard of the parameter server around its {@link ShardCore}: commands heard, gradients
 * and checkpoints read and transactions committed go in; what to read, what to write and what may
 * be deleted come out. Pure: no client, no clock, no thread. The Kafka shell and the simulation
 * drive this same class.
 *
 * <p>What it guarantees: one thing is awaited at a time. The core's state changes only when the
 * transaction that holds the new version is committed. Gradients are deleted only after the version
 * that they are in is durable (protocol rule 11). An input that nobody awaits is a bug and throws
 * IllegalStateException.
 */
public final class ShardDriver {
    private final ShardCore core;
    private final int shard;
    private Awaited awaited = new Awaited.Next();
    /** The last step that was named, and the one whose sum is kept for the clip. */
    private Optional<ApplyStep> named = Optional.empty();

    private Optional<ApplyStep> summed = Optional.empty();

    /** What must come next. */
    private sealed interface Awaited {
        /** A command, a skipped one, or the beginning. */
        record Next() implements Awaited {}

        record Gradients(ContributionSum sum, ContributionRead contribution) implements Awaited {}

        record Checkpoint(RestoreCheckpoint command) implements Awaited {}

        record Commit(ShardTransaction transaction, List<ShardAction> then) implements Awaited {}

        /** The owner was told to end. */
        record Nothing() implements Awaited {}
    }

    /** @param durable the shard's newest version */
    public ShardDriver(ShardLayout layout, OptimizerSettings settings, ShardState durable) {
        this.core = new ShardCore(layout, settings, durable);
        this.shard = durable.shard();
    }

    /** The newest version that is durable, as far as this owner knows. */
    public ShardState state() {
        return core.state();
    }

    /**
     * Gives the input and carries on until nothing is left to be done.
     *
     * @param carryOut does one action; returns its answer, or empty when it has none or the owner
     *     has ended
     */
    public void drive(ShardInput first, Function<ShardAction, Optional<ShardInput>> carryOut) {
        Deque<ShardAction> actions = new ArrayDeque<>(on(first));
        while (!actions.isEmpty()) {
            carryOut.apply(actions.poll()).ifPresent(answer -> actions.addAll(on(answer)));
        }
    }

    /** What follows from the input. */
    public List<ShardAction> on(ShardInput input) {
        return switch (input) {
            case ShardInput.Listening listening -> {
                require(Awaited.Next.class, input);
                yield ready(List.of());
            }
            case ShardInput.CommandSkipped skipped -> {
                // if it named a step, the planner names the step again when it reads the answer
                require(Awaited.Next.class, input);
                yield ready(List.of());
            }
            case ShardInput.CommandRead(Command command) -> {
                require(Awaited.Next.class, input);
                yield hear(command);
            }
            case ShardInput.GradientsRead(ContributionRead contribution) ->
                add(require(Awaited.Gradients.class, input), contribution);
            case ShardInput.CheckpointRead(ShardState checkpoint) -> {
                RestoreCheckpoint command =
                        require(Awaited.Checkpoint.class, input).command();
                yield restore(command, checkpoint);
            }
            case ShardInput.CheckpointUnusable(String problem) -> {
                require(Awaited.Checkpoint.class, input);
                yield unusable(problem);
            }
            case ShardInput.Committed(ShardTransaction transaction) ->
                committed(require(Awaited.Commit.class, input), transaction);
        };
    }

    /** A checkpoint can be used when it is of the version asked for. */
    private List<ShardAction> restore(RestoreCheckpoint command, ShardState checkpoint) {
        return checkpoint.version() == command.ofVersion()
                ? write(core.restored(command, checkpoint))
                : unusable("checkpoint " + command.name() + " of shard " + shard
                        + " is version " + checkpoint.version() + ", and version "
                        + command.ofVersion()
                        + " is to be restored; restore the topics from a backup, or start another "
                        + "run with another prefix");
    }

    /**
     * An owner that was replaced may find a later checkpoint under the name: it writes before it
     * ends, so that it ends because it is fenced, which is no damage.
     */
    private List<ShardAction> unusable(String problem) {
        return ready(List.of(new ShardAction.End(problem)));
    }

    private List<ShardAction> ready(List<ShardAction> then) {
        return write(new ShardTransaction.Answer(core.ready()), then);
    }

    private List<ShardAction> hear(Command command) {
        return switch (command) {
            case ApplyStep apply -> {
                named = Optional.of(apply);
                yield follow(core.on(apply));
            }
            case Command.FixClip fix -> follow(core.on(fix));
            case Command.SaveCheckpoint save -> follow(core.on(save));
            case RestoreCheckpoint restore -> follow(core.on(restore));
            case Command.Admitted other -> List.of();
            case Command.Refused other -> List.of();
            case Command.VersionCommitted other -> List.of();
            case Command.SaveState other -> List.of();
            case Command.FinishRun other -> List.of();
            case Command.Laned other -> List.of();
        };
    }

    private List<ShardAction> follow(ShardCore.Response response) {
        return switch (response) {
            case ShardCore.Response.Ignored(String reason) ->
                List.of(new ShardAction.Ignore(reason));
            case ShardCore.Response.Write(ShardTransaction transaction) ->
                write(transaction, deletable(transaction));
            case ShardCore.Response.Sum(ContributionSum sum) -> {
                summed = named;
                yield readNext(sum);
            }
            case ShardCore.Response.Load(RestoreCheckpoint command) -> {
                awaited = new Awaited.Checkpoint(command);
                yield List.of(new ShardAction.ReadCheckpoint(command.name()));
            }
        };
    }

    /** The next contribution is asked for; when there is none, the sum is reported. */
    private List<ShardAction> readNext(ContributionSum sum) {
        Optional<ContributionRead> next = sum.next();
        if (next.isEmpty()) {
            return write(new ShardTransaction.Answer(core.summed(sum)));
        }
        awaited = new Awaited.Gradients(sum, next.get());
        return List.of(new ShardAction.ReadGradients(next.get()));
    }

    /** The first contribution that cannot be used ends the sum: it is reported instead. */
    private List<ShardAction> add(Awaited.Gradients asked, ContributionRead contribution) {
        if (asked.contribution() != contribution) {
            throw new IllegalStateException("contribution "
                    + contribution.ref().contribution() + " was read, but contribution "
                    + asked.contribution().ref().contribution() + " was asked for");
        }
        return asked.sum()
                .add(contribution)
                .map(unusable -> write(new ShardTransaction.Answer(unusable)))
                .orElseGet(() -> readNext(asked.sum()));
    }

    private List<ShardAction> write(ShardTransaction transaction) {
        return write(transaction, List.of());
    }

    private List<ShardAction> write(ShardTransaction transaction, List<ShardAction> then) {
        awaited = new Awaited.Commit(transaction, then);
        return List.of(new ShardAction.Write(transaction));
    }

    private List<ShardAction> committed(Awaited.Commit commit, ShardTransaction transaction) {
        if (commit.transaction() != transaction) {
            throw new IllegalStateException(
                    transaction + " was committed, but " + commit.transaction() + " was given");
        }
        if (transaction instanceof ShardTransaction.NewVersion version) {
            core.adopt(version);
        }
        boolean ends = commit.then().stream().anyMatch(ShardAction.End.class::isInstance);
        awaited = ends ? new Awaited.Nothing() : new Awaited.Next();
        return commit.then();
    }

    /**
     * Once a step is applied: up to the last record that it used. Nothing before it can be of a
     * later step: workers contribute to the next one only after this one is committed. A step that
     * was applied before is the one that was named now; one that is applied now is the one whose
     * sum was kept.
     */
    private List<ShardAction> deletable(ShardTransaction transaction) {
        boolean isNew = transaction instanceof ShardTransaction.NewVersion;
        Optional<ApplyStep> applied = isNew ? summed : named;
        if (!(transaction.report() instanceof Report.ShardApplied) || applied.isEmpty()) {
            return List.of();
        }
        return applied.get().contributions().stream()
                .flatMap(contribution -> contribution.spans().stream())
                .filter(span -> span.shard() == shard)
                .map(span -> span.lastOffset() + 1)
                .max(Long::compare)
                .<List<ShardAction>>map(before -> List.of(new ShardAction.DeleteGradients(before)))
                .orElse(List.of());
    }

    private <T extends Awaited> T require(Class<T> expected, ShardInput input) {
        if (!expected.isInstance(awaited)) {
            throw new IllegalStateException(
                    "shard " + shard + " was given " + input + " while it awaits " + awaited);
        }
        return expected.cast(awaited);
    }
}
