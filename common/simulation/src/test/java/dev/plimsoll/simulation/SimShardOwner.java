package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ContributionRead;
import dev.plimsoll.coordinator.parameters.ShardAction;
import dev.plimsoll.coordinator.parameters.ShardDriver;
import dev.plimsoll.coordinator.parameters.ShardInput;
import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.coordinator.parameters.ShardTransaction;
import dev.plimsoll.simulation.SimGradient.Grain;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One process around a real {@link ShardDriver}: whatever goes wrong ends it, and the next loads
 * what is durable.
 */
final class SimShardOwner {
    private final SimWorld world;
    private final int shard;
    private final SplittableRandom random;
    private final SimGradientReader gradients;
    private final ShardDriver driver;
    private final long owner;
    /** By contribution, as last read: what is really in it. */
    private final Map<Long, List<Grain>> grains = new HashMap<>();

    private int laneZeroAt;
    private long stepHeard;
    private boolean ended;

    SimShardOwner(SimWorld world, int shard, SplittableRandom random) {
        this.world = world;
        this.shard = shard;
        this.random = random;
        this.gradients = new SimGradientReader(world, shard);
        this.owner = ++world.kafka.shardOwners[shard];
        this.driver = new ShardDriver(
                world.layout, world.run.optimizer(), world.kafka.adapters.get(shard));
        this.laneZeroAt = world.kafka.lanes.get(0).size();
        drive(new ShardInput.Listening());
    }

    boolean ended() {
        return ended;
    }

    void act() {
        List<Command> laneZero = world.kafka.lanes.get(0);
        while (!ended && laneZeroAt < laneZero.size() && random.nextInt(10) < 8) {
            Command command = laneZero.get(laneZeroAt++);
            if (command instanceof Command.OfShards
                    && world.faults.strikes(FaultKind.SHARD_MISSES_COMMAND, shard)) {
                skip();
            } else {
                stepHeard = command instanceof Command.ApplyStep step ? step.step() : stepHeard;
                drive(new ShardInput.CommandRead(command));
            }
        }
    }

    private void skip() {
        if (world.plant != Plant.SHARD_SKIPS_QUIETLY) {
            drive(new ShardInput.CommandSkipped());
        }
    }

    private void drive(ShardInput input) {
        driver.drive(input, this::carryOut);
    }

    private Optional<ShardInput> carryOut(ShardAction action) {
        return switch (action) {
            case ShardAction.ReadGradients(ContributionRead read) -> {
                grains.put(read.ref().contribution(), gradients.read(read, stepHeard));
                yield Optional.of(new ShardInput.GradientsRead(read));
            }
            case ShardAction.ReadCheckpoint(String name) -> Optional.of(read(name));
            case ShardAction.Write(ShardTransaction transaction) -> write(transaction);
            case ShardAction.DeleteGradients(long before) -> {
                world.kafka.gradientsBegin[shard] =
                        Math.max(world.kafka.gradientsBegin[shard], before);
                yield Optional.empty();
            }
            case ShardAction.Ignore ignored -> Optional.empty();
            case ShardAction.End(String problem) -> throw new AssertionError(problem);
        };
    }

    private ShardInput read(String checkpoint) {
        ShardState saved = world.kafka.checkpoints.get(shard).get(checkpoint);
        if (saved == null) {
            return new ShardInput.CheckpointUnusable("there is no checkpoint " + checkpoint);
        }
        return new ShardInput.CheckpointRead(
                world.plant != Plant.ROLLBACK_FORGETS_UPDATES
                        ? saved
                        : new ShardState(
                                shard,
                                saved.version(),
                                0,
                                saved.master(),
                                saved.firstMoment(),
                                saved.secondMoment()));
    }

    private Optional<ShardInput> write(ShardTransaction transaction) {
        ShardInput committed = new ShardInput.Committed(transaction);
        if (world.plant == Plant.SHARD_BELIEVES_BEFORE_COMMIT) {
            drive(committed);
            commit(transaction);
            return Optional.empty();
        }
        return commit(transaction) ? Optional.of(committed) : Optional.empty();
    }

    /** All of it or nothing; whether the owner knows that it is durable. */
    private boolean commit(ShardTransaction transaction) {
        if (isFenced()) {
            return false;
        }
        switch (transaction) {
            case ShardTransaction.Answer(Report report) -> {
                world.timeline.note(() -> "says " + report);
                world.kafka.report(report);
            }
            case ShardTransaction.NewVersion version -> apply(version);
            case ShardTransaction.NewCheckpoint checkpoint -> save(checkpoint);
        }
        return !ended;
    }

    private void save(ShardTransaction.NewCheckpoint save) {
        if (world.faults.strikes(FaultKind.SHARD_TRANSACTION_ABORTS, shard)) {
            ended = true;
            return;
        }
        world.timeline.note(
                () -> "shard-" + shard + " saves " + save.name() + " of " + save.state());
        world.kafka.checkpoints.get(shard).put(save.name(), save.state());
        world.kafka.report(save.report());
        ended = world.faults.strikes(FaultKind.SHARD_COMMIT_IS_AMBIGUOUS, shard);
    }

    private void apply(ShardTransaction.NewVersion version) {
        ShardState next = version.state();
        if (world.faults.strikes(FaultKind.SHARD_TRANSACTION_ABORTS, shard)) {
            ended = true;
            if (world.plant == Plant.APPLIES_TWICE) {
                leaveBehind(next);
            }
            return;
        }
        List<Grain> of = version.manifest().builtFrom().stream()
                .flatMap(contribution -> grains.get(contribution.contribution()).stream())
                .toList();
        world.truth.applied(next, version.manifest(), of);
        world.timeline.note(
                () -> "shard-" + shard + " writes version " + next.version() + " of " + of);
        world.kafka.adapters.set(shard, next);
        world.kafka.report(version.report());
        ended = world.faults.strikes(FaultKind.SHARD_COMMIT_IS_AMBIGUOUS, shard);
    }

    /** The parameters without their version. */
    private void leaveBehind(ShardState next) {
        ShardState before = world.kafka.adapters.get(shard);
        world.kafka.adapters.set(
                shard,
                new ShardState(
                        shard,
                        before.version(),
                        before.updates(),
                        next.master(),
                        next.firstMoment(),
                        next.secondMoment()));
    }

    /** Everything a shard writes goes through its transactional producer. */
    private boolean isFenced() {
        ended |= owner != world.kafka.shardOwners[shard] && world.plant != Plant.UNFENCED_SHARD;
        return ended;
    }
}
