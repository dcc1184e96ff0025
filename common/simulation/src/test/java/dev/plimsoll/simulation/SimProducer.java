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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
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
    /** Of the contribution that has begun to leave last; null for none. */
    private Begun begun;
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

    /** What has left, and where it lies. */
    private static final class Begun {
        private final long contribution;
        private final Set<List<Integer>> queued = new HashSet<>();
        private final SortedMap<Integer, ChunkSpan> spans = new TreeMap<>();

        private Begun(long contribution) {
            this.contribution = contribution;
        }

        private void lies(int shard, int first, int last) {
            spans.merge(
                    shard,
                    new ChunkSpan(shard, first, last),
                    (one, other) -> new ChunkSpan(shard, one.firstOffset(), other.lastOffset()));
        }
    }

    /** A chunk that is there before the others; it counts when its contribution is published. */
    void publishChunk(long contribution, WireVector sum, int shard, int chunk) {
        unsentSums.add(send(begun(contribution), sum, shard, chunk));
    }

    private Begun begun(long contribution) {
        if (begun == null || begun.contribution != contribution) {
            begun = new Begun(contribution);
        }
        return begun;
    }

    /**
     * Per shard the manifest, then the chunks that have not left; acknowledged when the last of all
     * is there.
     */
    void publish(ContributionManifest manifest, TakenSum sum) {
        long contribution = manifest.contribution();
        Begun of = begun(contribution);
        begun = null;
        List<Runnable> sends = new ArrayList<>();
        for (int shard = 0; shard < world.layout.shards(); shard++) {
            sends.addAll(sends(of, manifest, sum.vector(), shard));
        }
        boolean whole = contribution % 2 == 0;
        sends.add(whole ? sends.size() : (int) (contribution * 7 % sends.size()), this::cutOff);
        unsentSums.addAll(sends);
        unsentSums.add(() -> acknowledged.accept(
                new Input.SumPublished(contribution, List.copyOf(of.spans.values()))));
    }

    /** After the last record, before it is acknowledged, or anywhere among them. */
    private void cutOff() {
        world.faults
                .take(FaultKind.WORKER_IS_CUT_OFF_CONTRIBUTING, worker)
                .ifPresent(cut -> world.faults.begin(new Fault(
                        cut.atAction(), FaultKind.WORKER_WRITES_NOTHING, worker, cut.millis())));
    }

    private List<Runnable> sends(
            Begun of, ContributionManifest manifest, WireVector sum, int shard) {
        List<SimGradient> log = world.kafka.gradients.get(shard);
        List<Runnable> sends = new ArrayList<>();
        sends.add(() -> {
            log.add(new SimGradient.Manifest(shard + "/manifest", manifest));
            of.lies(shard, log.size() - 1, log.size() - 1);
        });
        for (int chunk = 0; chunk < world.layout.chunks(shard); chunk++) {
            if (!of.queued.contains(List.of(shard, chunk))) {
                sends.add(send(of, sum, shard, chunk));
            }
        }
        return sends;
    }

    private Runnable send(Begun of, WireVector sum, int shard, int number) {
        of.queued.add(List.of(shard, number));
        List<SimGradient> log = world.kafka.gradients.get(shard);
        return () -> {
            int first = log.size();
            log.add(chunk(of.contribution, sum, shard, number));
            if (world.faults.strikes(FaultKind.CHUNK_SENT_TWICE, worker)) {
                log.add(log.getLast());
            }
            of.lies(shard, first, log.size() - 1);
        };
    }

    private SimGradient chunk(long contribution, WireVector sum, int shard, int number) {
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
        TensorChunk chunk = new TensorChunk(shard, number, "sum", contribution, sum.dtype(), bytes);
        return new SimGradient.Chunk(chunk, damaged);
    }
}
