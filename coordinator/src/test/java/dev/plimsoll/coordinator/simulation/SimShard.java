package dev.plimsoll.coordinator.simulation;

import dev.plimsoll.coordinator.parameters.ContributionRead;
import dev.plimsoll.coordinator.parameters.ContributionSum;
import dev.plimsoll.coordinator.parameters.ShardCore;
import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.wire.ChunkSpan;
import dev.plimsoll.wire.Command;
import dev.plimsoll.wire.ContributionManifest;
import dev.plimsoll.wire.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.Report;
import dev.plimsoll.wire.TensorChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The shell around a real {@link ShardCore}: its durable state outlives it, what it holds in memory does not. */
final class SimShard {
    private final SimWorld world;
    private final int shard;
    private ShardState durable;
    private Optional<ShardCore> core = Optional.empty();
    private int laneZeroAt;

    SimShard(SimWorld world, int shard) {
        this.world = world;
        this.shard = shard;
        this.durable = ShardState.initial(shard, new float[world.layout.length(shard)]);
    }

    ShardState durable() {
        return durable;
    }

    void act() {
        if (world.fault(0.003)) {
            core = Optional.empty();
            return;
        }
        if (core.isEmpty()) {
            start();
        }
        List<Command> laneZero = world.kafka.lanes.get(0);
        while (core.isPresent() && laneZeroAt < laneZero.size() && world.chance(0.8)) {
            on(laneZero.get(laneZeroAt++));
        }
    }

    private void start() {
        laneZeroAt = world.kafka.lanes.get(0).size();
        core = Optional.of(new ShardCore(world.layout, world.run.optimizer(), durable));
        report(core.get().ready());
    }

    private void on(Command command) {
        ShardCore shardCore = core.orElseThrow();
        switch (command) {
            case Command.ApplyStep apply -> handle(shardCore.on(apply));
            case Command.FixClip fix -> handle(shardCore.on(fix));
            default -> {}
        }
    }

    private void handle(ShardCore.Response response) {
        switch (response) {
            case ShardCore.Response.Ignored ignored -> {}
            case ShardCore.Response.Answer answer -> report(answer.report());
            case ShardCore.Response.Sum sum -> sum(sum.sum());
            case ShardCore.Response.Apply apply -> apply(apply);
        }
    }

    private void sum(ContributionSum sum) {
        for (Optional<ContributionRead> read = sum.next(); read.isPresent(); read = sum.next()) {
            feed(read.get());
            sum.add(read.get()).ifPresent(this::report);
        }
        if (sum.isComplete()) {
            report(core.orElseThrow().summed(sum));
        }
    }

    private void feed(ContributionRead read) {
        for (ChunkSpan span : read.ref().spans()) {
            if (span.shard() != shard) {
                continue;
            }
            List<Object> log = world.kafka.gradients.get(shard);
            for (long at = span.firstOffset(); at <= span.lastOffset(); at++) {
                switch (log.get((int) at)) {
                    case ContributionManifest manifest -> read.take(believed(manifest, read));
                    case TensorChunk chunk -> read.take(chunk);
                    default -> throw new IllegalStateException("not a gradient record");
                }
            }
        }
    }

    private ContributionManifest believed(ContributionManifest manifest, ContributionRead read) {
        if (!world.plant.believesLedger) {
            return manifest;
        }
        List<TrainedAttempt> asked = new ArrayList<>();
        read.ref().attempts().forEach(attempt -> asked.add(new TrainedAttempt(attempt, List.of())));
        return new ContributionManifest(
                manifest.contribution(), manifest.workerId(), manifest.generation(), manifest.step(), asked);
    }

    /** One transaction: version and report, or neither. */
    private void apply(ShardCore.Response.Apply apply) {
        if (world.fault(0.1)) {
            core = Optional.empty();
            return;
        }
        world.truth.applied(apply.next(), apply.manifest());
        if (world.plant == Plant.APPLIES_TWICE && world.fault(0.1)) {
            ShardState next = apply.next();
            durable = new ShardState(shard, durable.version(), next.master(), next.firstMoment(), next.secondMoment());
            core = Optional.empty();
            return;
        }
        durable = apply.next();
        world.kafka.report(apply.report());
        if (world.fault(0.1)) {
            core = Optional.empty();
            return;
        }
        core.orElseThrow().adopt(apply);
    }

    private void report(Report report) {
        world.kafka.report(report);
        if (world.fault(0.05)) {
            world.repeatLater(report);
        }
    }
}
