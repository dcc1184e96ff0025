package dev.plimsoll.simulation;

import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.tensor.SumAssembly;
import dev.plimsoll.worker.loop.Action;
import dev.plimsoll.worker.loop.Input;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A worker's reader of sums: one after the other, each taking its time. */
final class SimSumReader {
    private final SimWorld world;
    private final int worker;
    private final SplittableRandom random;
    private final Deque<Reading> readings = new ArrayDeque<>();
    private long readyMillis;
    private Optional<Ahead> ahead = Optional.empty();

    /** A sum that is read while it is published, and where it is read next, by shard. */
    private record Ahead(SumAssembly sum, long[] offsets) {}

    private record Reading(Action.ReadSum action, long millis) {}

    SimSumReader(SimWorld world, int worker, SplittableRandom random) {
        this.world = world;
        this.worker = worker;
        this.random = random;
    }

    void ask(Action.ReadSum action) {
        if (readings.isEmpty()) {
            readyMillis = world.nowMillis;
        }
        readings.add(new Reading(action, random.nextInt(60)));
    }

    /** It reads from now on what comes, or from a little before. */
    void follow(Action.FollowSum action) {
        long[] offsets = new long[world.layout.shards()];
        for (int shard = 0; shard < offsets.length; shard++) {
            long end = world.kafka.sums.get(shard).size();
            offsets[shard] = Math.max(world.kafka.sumsBegin[shard], end - random.nextInt(20));
        }
        ahead = Optional.of(new Ahead(new SumAssembly(world.layout, action.step()), offsets));
    }

    private void readAhead(Ahead reading) {
        for (int shard = 0; shard < reading.offsets().length; shard++) {
            List<SimGradient> log = world.kafka.sums.get(shard);
            while (reading.offsets()[shard] < log.size() && random.nextInt(10) < 6) {
                add(world.gate.passed(log.get((int) reading.offsets()[shard]++)), reading.sum());
            }
        }
    }

    private static void add(SimGradient record, SumAssembly sum) {
        if (record instanceof SimGradient.Chunk chunk && !chunk.damaged()) {
            sum.add(chunk.chunk());
        }
    }

    Optional<Input> act() {
        ahead.ifPresent(this::readAhead);
        if (readings.isEmpty()
                || world.nowMillis < readyMillis + readings.peek().millis()) {
            return Optional.empty();
        }
        readyMillis = world.nowMillis;
        return Optional.of(read(readings.poll().action()));
    }

    private Input read(Action.ReadSum action) {
        SumSource source = action.source();
        if (source.published()) {
            world.situations.add(Situation.WORKER_READS_PUBLISHED_SUM);
        }
        SumAssembly sum = ahead.map(Ahead::sum)
                .filter(is -> source.published() && is.owner() == source.owner())
                .orElseGet(() -> new SumAssembly(world.layout, source.owner()));
        ahead = Optional.empty();
        List<ChunkSpan> lacking = sum.named(source);
        if (lacking.size() < source.spans().size()) {
            world.situations.add(Situation.WORKER_HAS_READ_A_SUM_AHEAD);
        }
        lacking.forEach(span -> records(source, span).forEach(record -> add(record, sum)));
        Optional<String> flaw = world.faults.strikes(FaultKind.WORKER_MISREADS, worker)
                ? Optional.of("simulated")
                : sum.flaw();
        return flaw.<Input>map(problem -> new Input.SumUnreadable(action.request(), problem))
                .orElseGet(() -> new Input.SumRead(
                        action.request(), new WireVector(sum.dtype(), sum.bytes())));
    }

    private List<SimGradient> records(SumSource source, ChunkSpan span) {
        if (source.published()) {
            return SimSumLog.of(world, source.owner(), span);
        }
        long begin = world.kafka.gradientsBegin[span.shard()];
        int end = (int) span.lastOffset() + 1;
        // all of it may be deleted: then the sum is not whole
        int first = (int) Math.min(end, Math.max(begin, span.firstOffset()));
        return world.gate.passed(world.kafka.gradients.get(span.shard()).subList(first, end));
    }
}
