package dev.plimsoll.simulation;

import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.worker.loop.Input;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A worker's producers, of reports and of sums: what each is given reaches the topics later, in
 * order, or not at all when the process dies before.
 */
final class SimProducer {
    private static final int[] PACES = {80, 80, 60, 30, 10};

    private final SimWorld world;
    private final int worker;
    private final Consumer<Input> acknowledged;
    private final Deque<Runnable> unsent = new ArrayDeque<>();
    private final Deque<Runnable> unsentSums = new ArrayDeque<>();
    /** How many of a hundred times a record of a sum goes out. */
    private final int pace;

    SimProducer(SimWorld world, int worker, Consumer<Input> acknowledged) {
        this.world = world;
        this.worker = worker;
        this.acknowledged = acknowledged;
        this.pace = PACES[world.random("pace-" + worker).nextInt(PACES.length)];
    }

    boolean isEmpty() {
        return unsent.isEmpty();
    }

    /** Whether a sum is on its way. */
    boolean isPublishing() {
        return !unsentSums.isEmpty();
    }

    void act(SplittableRandom random) {
        while (!unsent.isEmpty() && mayWrite() && random.nextInt(10) < 7) {
            unsent.poll().run();
        }
        boolean slow = world.faults.holds(FaultKind.WORKER_PUBLISHES_SLOWLY, worker);
        int now = world.calm ? PACES[0] : slow ? 3 : pace;
        while (!unsentSums.isEmpty() && mayWrite() && random.nextInt(100) < now) {
            unsentSums.poll().run();
        }
    }

    private boolean mayWrite() {
        return world.brokerIsUp() && !world.faults.holds(FaultKind.WORKER_WRITES_NOTHING, worker);
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
    void publish(ContributionManifest manifest, TakenSum sum) {
        List<ChunkSpan> spans = new ArrayList<>();
        List<Runnable> sends = new ArrayList<>();
        for (int shard = 0; shard < world.layout.shards(); shard++) {
            sends.addAll(sends(manifest, sum.vector(), shard, spans));
        }
        long contribution = manifest.contribution();
        boolean whole = contribution % 2 == 0;
        sends.add(whole ? sends.size() : (int) (contribution * 7 % sends.size()), this::cutOff);
        unsentSums.addAll(sends);
        unsentSums.add(() ->
                acknowledged.accept(new Input.SumPublished(contribution, List.copyOf(spans))));
    }

    /** After the last record, before it is acknowledged, or anywhere among them. */
    private void cutOff() {
        world.faults
                .take(FaultKind.WORKER_IS_CUT_OFF_CONTRIBUTING, worker)
                .ifPresent(cut -> world.faults.begin(new Fault(
                        cut.atAction(), FaultKind.WORKER_WRITES_NOTHING, worker, cut.millis())));
    }

    private List<Runnable> sends(
            ContributionManifest manifest, WireVector sum, int shard, List<ChunkSpan> spans) {
        List<SimGradient> log = world.kafka.gradients.get(shard);
        int[] first = new int[1];
        List<Runnable> sends = new ArrayList<>();
        sends.add(() -> {
            first[0] = log.size();
            log.add(new SimGradient.Manifest(shard + "/manifest", manifest));
        });
        int chunks = world.layout.chunks(shard);
        for (int at = 0; at < chunks; at++) {
            int chunk = at;
            sends.add(() -> {
                log.add(chunk(manifest, sum, shard, chunk));
                if (world.faults.strikes(FaultKind.CHUNK_SENT_TWICE, worker)) {
                    log.add(log.getLast());
                }
                if (chunk == chunks - 1) {
                    spans.add(new ChunkSpan(shard, first[0], log.size() - 1));
                }
            });
        }
        return sends;
    }

    private SimGradient chunk(
            ContributionManifest manifest, WireVector sum, int shard, int number) {
        byte[] bytes = SimVectors.chunk(sum, world.layout, shard, number);
        boolean damaged = world.faults.strikes(FaultKind.CHUNK_DAMAGED, worker);
        if (damaged) {
            // the first value's exponent
            bytes[sum.dtype().bytes() - 1] ^= 0x01;
        }
        if (world.faults.strikes(FaultKind.CHUNK_NOT_FINITE, worker)) {
            bytes[sum.dtype().bytes() - 1] = 0x7f;
            bytes[sum.dtype().bytes() - 2] = (byte) 0xc0;
        }
        TensorChunk chunk =
                new TensorChunk(shard, number, "sum", manifest.contribution(), sum.dtype(), bytes);
        return new SimGradient.Chunk(chunk, damaged);
    }
}
