package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ContributionRead;
import dev.plimsoll.coordinator.parameters.ContributionSum;
import dev.plimsoll.coordinator.parameters.ShardCore;
import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.simulation.SimGradient.Grain;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One process around a real {@link ShardCore}: whatever goes wrong ends it, and the next loads what
 * is durable.
 */
final class SimShardOwner {
    private final SimWorld world;
    private final int shard;
    private final SplittableRandom random;
    private final SimGradientReader gradients;
    private final ShardCore core;
    private final long epoch;
    private int laneZeroAt;
    private Command.ApplyStep summing;
    private List<Grain> grains = List.of();
    private boolean ended;

    SimShardOwner(SimWorld world, int shard, SplittableRandom random) {
        this.world = world;
        this.shard = shard;
        this.random = random;
        this.gradients = new SimGradientReader(world, shard);
        this.epoch = ++world.kafka.shardEpochs[shard];
        this.core =
                new ShardCore(world.layout, world.run.optimizer(), world.kafka.adapters.get(shard));
        this.laneZeroAt = world.kafka.lanes.get(0).size();
        report(core.ready());
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
                hear(command);
            }
        }
    }

    private void hear(Command command) {
        switch (command) {
            case Command.ApplyStep apply -> handle(core.on(apply), apply);
            case Command.FixClip fix -> handle(core.on(fix), summing);
            case Command.SaveCheckpoint save -> handle(core.on(save), null);
            case Command.RestoreCheckpoint restore -> handle(core.on(restore), null);
            default -> {}
        }
    }

    /** As ShardShell does: what was named is named again. */
    private void skip() {
        report(core.ready());
    }

    private void handle(ShardCore.Response response, Command.ApplyStep step) {
        switch (response) {
            case ShardCore.Response.Ignored ignored -> {}
            case ShardCore.Response.Answer answer -> {
                report(answer.report());
                if (answer.report() instanceof Report.ShardApplied) {
                    deleteThrough(step);
                }
            }
            case ShardCore.Response.Sum sum -> {
                summing = step;
                sum(sum.sum());
            }
            case ShardCore.Response.Apply apply -> {
                apply(apply, grains);
                if (!ended) {
                    deleteThrough(step);
                }
            }
            case ShardCore.Response.Save save -> save(save);
            case ShardCore.Response.Load(Command.RestoreCheckpoint restore) -> {
                // who was replaced may find another checkpoint there, and ends as fenced when it
                // says so
                if (!isFenced()) {
                    apply(core.restored(restore, read(restore)), List.of());
                }
            }
        }
    }

    private void sum(ContributionSum sum) {
        List<Grain> found = new ArrayList<>();
        for (Optional<ContributionRead> read = sum.next(); read.isPresent(); read = sum.next()) {
            found.addAll(gradients.read(read.get(), summing.step()));
            sum.add(read.get()).ifPresent(this::report);
        }
        if (sum.isComplete()) {
            grains = found;
            report(core.summed(sum));
        }
    }

    private ShardState read(Command.RestoreCheckpoint restore) {
        ShardState saved = world.kafka.checkpoints.get(shard).get(restore.name());
        return world.plant != Plant.ROLLBACK_FORGETS_UPDATES
                ? saved
                : new ShardState(
                        shard,
                        saved.version(),
                        0,
                        saved.master(),
                        saved.firstMoment(),
                        saved.secondMoment());
    }

    /** One transaction: the checkpoint and the report, or neither. */
    private void save(ShardCore.Response.Save save) {
        if (isFenced()) {
            return;
        }
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

    /** One transaction: version and report, or neither. */
    private void apply(ShardCore.Response.Apply apply, List<Grain> of) {
        if (isFenced()) {
            return;
        }
        ShardState next = apply.next();
        if (world.faults.strikes(FaultKind.SHARD_TRANSACTION_ABORTS, shard)) {
            ended = true;
            if (world.plant == Plant.APPLIES_TWICE) {
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
            return;
        }
        world.truth.applied(next, apply.manifest(), of);
        world.timeline.note(
                () -> "shard-" + shard + " writes version " + next.version() + " of " + of);
        world.kafka.adapters.set(shard, next);
        world.kafka.report(apply.report());
        if (world.faults.strikes(FaultKind.SHARD_COMMIT_IS_AMBIGUOUS, shard)) {
            ended = true;
            return;
        }
        core.adopt(apply);
    }

    private void report(Report report) {
        if (!isFenced()) {
            world.timeline.note(() -> "says " + report);
            world.kafka.report(report);
        }
    }

    /** Everything a shard writes goes through its transactional producer. */
    private boolean isFenced() {
        ended |= epoch != world.kafka.shardEpochs[shard] && world.plant != Plant.UNFENCED_SHARD;
        return ended;
    }

    private void deleteThrough(Command.ApplyStep applied) {
        applied.contributions().stream()
                .flatMap(contribution -> contribution.spans().stream())
                .filter(span -> span.shard() == shard)
                .mapToLong(ChunkSpan::lastOffset)
                .forEach(last -> world.kafka.gradientsBegin[shard] =
                        Math.max(world.kafka.gradientsBegin[shard], last + 1));
    }
}
