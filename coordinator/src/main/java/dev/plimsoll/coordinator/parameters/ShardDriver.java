package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.ExpectContributions;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.Command.RestoreCheckpoint;
import dev.plimsoll.wire.protocol.Command.SaveState;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Drives one shard of the parameter server around its {@link ShardCore}: commands heard, gradients
 * and checkpoints read and transactions committed go in; what to read, what to write and what may
 * be deleted come out. Pure: no client, no clock, no thread. The Kafka shell and the simulation
 * drive this same class.
 *
 * <p>What it guarantees: one thing is awaited at a time, besides the state that is being written. A
 * version that a step makes is in memory only: it can be made again, by its {@link FixClip}, from
 * the newest state that is saved, and nothing that this needs is deleted (protocol rule 11). An
 * input that nobody awaits is a bug and throws IllegalStateException.
 */
public final class ShardDriver {
    private final ShardCore core;
    private final int shard;
    private final Arrears arrears = new Arrears();
    private final Deletions deletions;
    private final StateWrites states;
    private final Arrivals arrivals;
    private Awaited awaited = new Awaited.Next();

    /** What must come next. */
    private sealed interface Awaited {
        /** A command, a skipped one, the beginning, or that a state is written. */
        record Next() implements Awaited {}

        record Arrivals(ApplyStep command, SumOnArrival sum) implements Awaited {}

        record Gradients(ContributionSum sum, ContributionRead contribution) implements Awaited {}

        record Publication(ContributionSum sum, SumToPublish published) implements Awaited {}

        /** The sum of a committed step. */
        record Committed(FixClip command, SourceRead read) implements Awaited {}

        /** The state under way must be written before this can be done. */
        record State(RestoreCheckpoint command) implements Awaited {}

        record Checkpoint(RestoreCheckpoint command) implements Awaited {}

        record Commit(ShardTransaction transaction, Supplier<List<ShardAction>> then)
                implements Awaited {}

        /** The owner was told to end. */
        record Nothing() implements Awaited {}
    }

    /**
     * @param durable the shard's newest saved state
     * @param place where that lies
     * @param incarnation of this owner of the shard; no other has it
     */
    public ShardDriver(
            ShardLayout layout,
            OptimizerSettings settings,
            ShardState durable,
            StatePlace place,
            String incarnation) {
        this.core = new ShardCore(layout, settings, durable, incarnation);
        this.shard = durable.shard();
        this.deletions = new Deletions(shard);
        this.arrivals = new Arrivals(shard);
        this.states = new StateWrites(shard, durable.version(), place);
    }

    /** The newest version that this owner has made or read. */
    public long version() {
        return core.version();
    }

    /** Of {@link #version}; it does not change when later ones are made. */
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
            case ShardInput.Listening(long gradientsEnd) -> {
                require(Awaited.Next.class, input);
                arrivals.begin(gradientsEnd);
                yield ready();
            }
            case ShardInput.CommandSkipped skipped -> {
                // whatever it was, the planner says it again when it reads the answer
                require(Awaited.Next.class, input);
                yield ready();
            }
            case ShardInput.CommandRead(Command command) -> {
                require(Awaited.Next.class, input);
                yield hear(command);
            }
            case ShardInput.StateWritten written -> stateWritten(written);
            case ShardInput.Arrived(SumOnArrival sum) -> {
                require(Awaited.Next.class, input);
                yield Arrivals.send(sum);
            }
            case ShardInput.ArrivalsRead(SumOnArrival sum) -> {
                Awaited.Arrivals asked = require(Awaited.Arrivals.class, input);
                requireSame(asked.sum(), sum);
                yield readNext(core.arrived(sum, asked.command()));
            }
            case ShardInput.GradientsRead(ContributionRead read)
            when awaited instanceof Awaited.Committed -> committedRead(input, read);
            case ShardInput.GradientsRead(ContributionRead read) ->
                add(require(Awaited.Gradients.class, input), read);
            case ShardInput.SumRead(PublishedSum read) -> committedRead(input, read);
            case ShardInput.SumPublished(SumToPublish sum, ChunkSpan span) ->
                published(require(Awaited.Publication.class, input), sum, span);
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

    private List<ShardAction> hear(Command command) {
        return switch (command) {
            case ApplyStep apply -> {
                if (apply.baseVersion() == version()) {
                    deletions.named(apply);
                }
                arrivals.named(apply);
                yield sum(apply, core.on(apply));
            }
            case ExpectContributions expect -> arrivals.follow(expect, core.on(expect));
            case FixClip fix -> fix(fix, core.on(fix));
            case SaveState save -> save(save);
            case Command.SaveCheckpoint save -> follow(core.on(save));
            case RestoreCheckpoint restore -> restore(restore);
            case Command.Admitted other -> List.of();
            case Command.Refused other -> List.of();
            case Command.VersionCommitted other -> List.of();
            case Command.FinishRun other -> List.of();
            case Command.Laned other -> List.of();
        };
    }

    private List<ShardAction> sum(ApplyStep command, ShardCore.Response response) {
        if (!(response instanceof ShardCore.Response.Arrive(SumOnArrival sum))) {
            return follow(response);
        }
        awaited = new Awaited.Arrivals(command, sum);
        return List.of(arrivals.rest(sum, command));
    }

    private List<ShardAction> follow(ShardCore.Response response) {
        return switch (response) {
            case ShardCore.Response.Ignored(String reason) ->
                List.of(new ShardAction.Ignore(reason));
            case ShardCore.Response.Early(long version, String reason) -> early(version, reason);
            case ShardCore.Response.Write(ShardTransaction transaction) -> write(transaction);
            case ShardCore.Response.Sum(ContributionSum sum) -> readNext(sum);
            case ShardCore.Response.Load(RestoreCheckpoint command) -> {
                awaited = new Awaited.Checkpoint(command);
                yield List.of(new ShardAction.ReadCheckpoint(command.name()));
            }
            case ShardCore.Response.Arrive arrive ->
                throw new IllegalStateException(arrive + " follows from no such command");
            case ShardCore.Response.ReadBack readBack ->
                throw new IllegalStateException(readBack + " follows from no such command");
        };
    }

    /** The planner is told where this shard is, unless it knows. */
    private List<ShardAction> early(long version, String reason) {
        return arrears.early(version) ? ready() : List.of(new ShardAction.Ignore(reason));
    }

    private List<ShardAction> ready() {
        return ready(List::of);
    }

    private List<ShardAction> ready(Supplier<List<ShardAction>> then) {
        arrears.asked();
        return write(new ShardTransaction.Answer(core.ready()), then);
    }

    /** The next contribution is asked for; when there is none, the sum is reported. */
    private List<ShardAction> readNext(ContributionSum sum) {
        Optional<ContributionRead> next = sum.next();
        if (next.isPresent()) {
            awaited = new Awaited.Gradients(sum, next.get());
            return List.of(new ShardAction.ReadGradients(next.get()));
        }
        Optional<SumToPublish> publish = core.summed(sum);
        if (publish.isPresent()) {
            awaited = new Awaited.Publication(sum, publish.get());
            return List.of(new ShardAction.PublishSum(publish.get()));
        }
        return write(new ShardTransaction.Answer(core.kept(sum)));
    }

    /** The first contribution that cannot be used ends the sum: it is reported instead. */
    private List<ShardAction> add(Awaited.Gradients asked, ContributionRead contribution) {
        requireSame(asked.contribution(), contribution);
        return asked.sum()
                .add(contribution)
                .map(unusable -> write(new ShardTransaction.Answer(unusable)))
                .orElseGet(() -> readNext(asked.sum()));
    }

    private List<ShardAction> published(
            Awaited.Publication asked, SumToPublish sum, ChunkSpan span) {
        requireSame(asked.published(), sum);
        Report.ShardSummed report = sum.report(span);
        return write(new ShardTransaction.Answer(report), () -> {
            core.published(asked.sum(), report);
            return List.of();
        });
    }

    private List<ShardAction> fix(FixClip command, ShardCore.Response response) {
        return switch (response) {
            case ShardCore.Response.Write(ShardTransaction transaction) ->
                made(command, transaction);
            case ShardCore.Response.ReadBack(SourceRead read) -> {
                awaited = new Awaited.Committed(command, read);
                yield List.of(
                        switch (read) {
                            case ContributionRead only -> new ShardAction.ReadGradients(only);
                            case PublishedSum sum -> new ShardAction.ReadSum(sum);
                            case SumOnArrival sum ->
                                throw new IllegalStateException(sum + " is of no committed step");
                        });
            }
            case ShardCore.Response other -> follow(other);
        };
    }

    private List<ShardAction> committedRead(ShardInput input, SourceRead read) {
        Awaited.Committed asked = require(Awaited.Committed.class, input);
        requireSame(asked.read(), read);
        return made(asked.command(), core.readBack(asked.command(), read));
    }

    /** The version was made, or what it is made of cannot be read. */
    private List<ShardAction> made(FixClip command, ShardTransaction transaction) {
        if (!(transaction instanceof ShardTransaction.Folded)) {
            arrears.unreadable(command.version());
            return write(transaction);
        }
        deletions.made(command);
        boolean lacksMore = arrears.made();
        return write(transaction, () -> lacksMore ? ready(this::deletable) : deletable());
    }

    private List<ShardAction> deletable() {
        return deletions.due(states.covered());
    }

    private List<ShardAction> save(SaveState command) {
        if (command.version() > version()) {
            return early(
                    command.version(),
                    "state " + command.version() + " is asked for; shard " + shard + " is at "
                            + version());
        }
        Optional<Report.StateSaved> said = states.said(command.version());
        if (said.isPresent()) {
            return write(new ShardTransaction.Answer(said.get()));
        }
        if (command.version() < version()
                || command.version() == states.saved()
                || states.isAsked(command.version())) {
            return List.of(new ShardAction.Ignore("state " + command.version() + " of shard "
                    + shard + " is past, written by a rollback, or being written"));
        }
        return List.copyOf(states.ask(core.write()).stream().toList());
    }

    /** The report of it goes with the other reports; the one that waits is begun. */
    private List<ShardAction> stateWritten(ShardInput.StateWritten written) {
        if (!(awaited instanceof Awaited.State)) {
            require(Awaited.Next.class, written);
        }
        Optional<RestoreCheckpoint> waiting = awaited instanceof Awaited.State(var command)
                ? Optional.of(command)
                : Optional.empty();
        List<ShardAction> actions = new ArrayList<>();
        states.written(written.version(), written.place()).ifPresent(actions::add);
        actions.addAll(write(
                new ShardTransaction.Answer(states.said(written.version()).orElseThrow()), () -> {
                    List<ShardAction> then = new ArrayList<>(deletable());
                    waiting.ifPresent(command -> then.addAll(follow(core.on(command))));
                    return then;
                }));
        return actions;
    }

    /** Two writes of whole states at once would mix their chunks: the one under way comes first. */
    private List<ShardAction> restore(RestoreCheckpoint command) {
        if (!states.isUnderWay() || version() != command.baseVersion()) {
            return follow(core.on(command));
        }
        states.forgetWaiting();
        awaited = new Awaited.State(command);
        return List.of(new ShardAction.AwaitState());
    }

    /** A checkpoint can be used when it is of the version asked for. */
    private List<ShardAction> restore(RestoreCheckpoint command, ShardState checkpoint) {
        if (checkpoint.version() != command.ofVersion()) {
            return unusable("checkpoint " + command.name() + " of shard " + shard + " is version "
                    + checkpoint.version() + ", and version " + command.ofVersion()
                    + " is to be restored; restore the topics from a backup, or start another "
                    + "run with another prefix");
        }
        ShardTransaction.NewVersion version = core.restored(command, checkpoint);
        return write(version, () -> {
            core.adopt(version);
            deletions.restored();
            states.restored(version());
            return deletable();
        });
    }

    /**
     * An owner that was replaced may find a later checkpoint under the name: it writes before it
     * ends, so that it ends because it is fenced, which is no damage.
     */
    private List<ShardAction> unusable(String problem) {
        return ready(() -> {
            awaited = new Awaited.Nothing();
            return List.of(new ShardAction.End(problem));
        });
    }

    private List<ShardAction> write(ShardTransaction transaction) {
        return write(transaction, List::of);
    }

    private List<ShardAction> write(
            ShardTransaction transaction, Supplier<List<ShardAction>> then) {
        awaited = new Awaited.Commit(transaction, then);
        return List.of(new ShardAction.Write(transaction));
    }

    private List<ShardAction> committed(Awaited.Commit commit, ShardTransaction transaction) {
        requireSame(commit.transaction(), transaction);
        awaited = new Awaited.Next();
        return commit.then().get();
    }

    private static void requireSame(Object asked, Object given) {
        if (asked != given) {
            throw new IllegalStateException(
                    given + " is the answer, but " + asked + " was asked for");
        }
    }

    private <T extends Awaited> T require(Class<T> expected, ShardInput input) {
        if (!expected.isInstance(awaited)) {
            throw new IllegalStateException(
                    "shard " + shard + " was given " + input + " while it awaits " + awaited);
        }
        return expected.cast(awaited);
    }
}
