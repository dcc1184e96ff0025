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

    Optional<Input> act() {
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
        SumAssembly sum = new SumAssembly(world.layout, source.owner());
        for (ChunkSpan span : source.spans()) {
            List<SimGradient> log = (source.published() ? world.kafka.sums : world.kafka.gradients)
                    .get(span.shard());
            long begin = (source.published() ? world.kafka.sumsBegin : world.kafka.gradientsBegin)
                    [span.shard()];
            for (long at = Math.max(begin, span.firstOffset()); at <= span.lastOffset(); at++) {
                if (log.get((int) at) instanceof SimGradient.Chunk chunk && !chunk.damaged()) {
                    sum.add(chunk.chunk());
                }
            }
        }
        Optional<String> flaw = world.faults.strikes(FaultKind.WORKER_MISREADS, worker)
                ? Optional.of("simulated")
                : sum.flaw();
        return flaw.<Input>map(problem -> new Input.SumUnreadable(action.request(), problem))
                .orElseGet(() -> new Input.SumRead(
                        action.request(), new WireVector(sum.dtype(), sum.bytes())));
    }
}
