package dev.plimsoll.simulation;

import dev.plimsoll.simulation.SimGradient.Grain;
import dev.plimsoll.wire.ChunkSpan;
import dev.plimsoll.wire.ContributionManifest;
import dev.plimsoll.wire.Report;
import dev.plimsoll.wire.TensorChunk;
import dev.plimsoll.worker.loop.Input;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** A worker's producer: what it is given reaches the topics later, in order, or not at all when the process dies before. */
final class SimProducer {
    private final SimWorld world;
    private final int worker;
    private final Consumer<Input> acknowledged;
    private final Deque<Runnable> unsent = new ArrayDeque<>();

    SimProducer(SimWorld world, int worker, Consumer<Input> acknowledged) {
        this.world = world;
        this.worker = worker;
        this.acknowledged = acknowledged;
    }

    boolean isEmpty() {
        return unsent.isEmpty();
    }

    void act(SplittableRandom random) {
        while (!unsent.isEmpty()
                && world.brokerIsUp()
                && !world.faults.holds(FaultKind.WORKER_WRITES_NOTHING, worker)
                && random.nextInt(10) < 7) {
            unsent.poll().run();
        }
    }

    void say(Report report) {
        unsent.add(() -> {
            world.kafka.report(report);
            repeat(report);
        });
    }

    /** Heartbeats repeat themselves. */
    private void repeat(Report report) {
        if (report instanceof Report.Heartbeat) {
            return;
        }
        world.timeline.note(() -> "says " + report);
        if (world.faults.strikes(FaultKind.WORKER_SAYS_TWICE, worker)) {
            world.kafka.report(report);
        }
        if (world.faults.strikes(FaultKind.WORKER_SAYS_AGAIN_LATER, worker)) {
            world.repeatLater(report);
        }
    }

    /** Per shard the manifest, then its chunks; acknowledged when the last of all is there. */
    void publish(ContributionManifest manifest, List<Grain> sum) {
        List<ChunkSpan> spans = new ArrayList<>();
        for (int shard = 0; shard < world.layout.shards(); shard++) {
            publish(manifest, sum, shard, spans);
        }
        unsent.add(() -> world.faults
                .take(FaultKind.WORKER_IS_CUT_OFF_CONTRIBUTING, worker)
                .ifPresent(cut -> world.faults.begin(
                        new Fault(cut.atAction(), FaultKind.WORKER_WRITES_NOTHING, worker, cut.millis()))));
        unsent.add(() -> acknowledged.accept(new Input.SumPublished(manifest.contribution(), List.copyOf(spans))));
    }

    private void publish(ContributionManifest manifest, List<Grain> sum, int shard, List<ChunkSpan> spans) {
        List<SimGradient> log = world.kafka.gradients.get(shard);
        int[] first = new int[1];
        unsent.add(() -> {
            first[0] = log.size();
            log.add(new SimGradient.Manifest(manifest));
        });
        unsent.add(() -> {
            log.add(chunk(manifest, sum, shard));
            if (world.faults.strikes(FaultKind.CHUNK_SENT_TWICE, worker)) {
                log.add(log.getLast());
            }
            spans.add(new ChunkSpan(shard, first[0], log.size() - 1));
        });
    }

    private SimGradient chunk(ContributionManifest manifest, List<Grain> sum, int shard) {
        float[] values = new float[world.layout.length(shard)];
        int start = (int) world.layout.start(shard);
        for (Grain grain : sum) {
            int at = (int) grain.ordinal() - start;
            if (at >= 0 && at < values.length) {
                values[at] += 1;
            }
        }
        boolean damaged = world.faults.strikes(FaultKind.CHUNK_DAMAGED, worker);
        int hit = 0;
        while (hit < values.length - 1 && values[hit] == 0) {
            hit++;
        }
        if (damaged) {
            values[hit] += 3;
        }
        if (world.faults.strikes(FaultKind.CHUNK_NOT_FINITE, worker)) {
            values[hit] = Float.NaN;
        }
        TensorChunk chunk = new TensorChunk(shard, 0, "sum", manifest.contribution(), values);
        return new SimGradient.Chunk(chunk, sum, damaged);
    }
}
