package dev.plimsoll.coordinator.planner;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.LinearPeaks;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * What one decision of the planner costs, in the middle of a step, with forecasts that have
 * learned.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class DecisionBenchmark {

    private static final long USED = 1_000_000;
    private static final long TOTAL = 64_000_000;
    private static final int SAMPLES_PER_WORKER = 256;

    @Param({"1", "8", "64"})
    int workers;

    private TestPlanner planner;
    private Report trained;
    private Report lowered;
    private Report heartbeat;

    @Setup
    public void inTheMiddleOfAStep() {
        SplittableRandom random = new SplittableRandom(1);
        int samples = workers * SAMPLES_PER_WORKER;
        planner = new TestPlanner(TestPlanner.stepsOf(samples), 1, 1 << 20);
        for (int i = 0; i < workers; i++) {
            String worker = "w" + i;
            planner.join(worker, worker + "-1");
            planner.report(memory(worker, 0));
            planner.ready(worker);
        }
        planner.samples(random.ints(samples, 10, 190).toArray());
        for (int i = 0; i < 2 * workers; i++) {
            planner.report(trained("w" + i % workers));
        }
        trained = trained("w0");
        lowered = memory("w0", TOTAL / 2);
        heartbeat = new Report.Heartbeat("w0", planner.generation("w0"), 0, 0);
    }

    private Report memory(String worker, long othersBytes) {
        MemoryMeasures memory = new MemoryMeasures(
                USED, USED, USED, TOTAL - USED - othersBytes, othersBytes, TOTAL);
        return new Report.MemoryRead(worker, planner.generation(worker), memory);
    }

    private Report trained(String worker) {
        LedgerEntry entry = planner.underWay(worker).getFirst();
        int tokens = planner.step().tokens(entry.ordinals());
        long prior = LinearPeaks.OF_FOUR_LAYERS.workBytes(null, tokens, entry.plan());
        return new Report.MicroBatchTrained(
                worker,
                entry.generation(),
                entry.attempt(),
                1,
                entry.lossTokens(),
                new TrainMeasures(tokens, USED + prior, 50L * tokens, 1));
    }

    private Decision decide(Report report) {
        return planner.core.decide(
                planner.state,
                planner.liveness,
                List.of(new Input.Reported(report)),
                planner.nowMillis + 10);
    }

    /** Weighed, its forecast corrected, the next micro-batch composed and dispatched. */
    @Benchmark
    public Decision microBatchTrained() {
        return decide(trained);
    }

    /** Half the card is gone: the line drops and what no longer fits is recalled. */
    @Benchmark
    public Decision lineLowered() {
        return decide(lowered);
    }

    @Benchmark
    public Decision heartbeat() {
        return decide(heartbeat);
    }
}
