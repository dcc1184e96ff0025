package dev.plimsoll.coordinator.planner;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.SampleOrigin;

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
import java.util.concurrent.TimeUnit;

/** What a sample costs that arrives behind many others, and what a step of all of them costs. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class OpeningBenchmark {

    private static final int SAMPLES = 16_384;

    /** With more than one, each has a weight of its own. */
    @Param({"1", "4", "64"})
    int sources;

    private TestPlanner planner;
    private Input another;
    private Input last;

    @Setup
    public void whileAStepWaits() {
        planner = new TestPlanner(TestPlanner.stepsOf(SAMPLES), 1);
        for (int source = 0; sources > 1 && source < sources; source++) {
            planner.ask(new Control.AddSource("s" + source, 1 + source, "r" + source, "me"));
        }
        for (int ordinal = 0; ordinal < SAMPLES - 2; ordinal++) {
            planner.feed(sample(ordinal));
        }
        another = sample(SAMPLES - 2);
        planner.feed(another);
        last = sample(SAMPLES - 1);
    }

    private Input sample(long ordinal) {
        String source = sources == 1 ? "default" : "s" + ordinal % sources;
        return new Input.SampleArrived(
                new SequenceRef(ordinal, 100, 50, 1),
                "id" + ordinal,
                new SampleOrigin(0, ordinal),
                source);
    }

    /** It is known already: what is measured is a look at 16,383 that wait. */
    @Benchmark
    public Decision anotherSample() {
        return decide(another);
    }

    @Benchmark
    public Decision stepOpens() {
        return decide(last);
    }

    private Decision decide(Input input) {
        return planner.core.decide(
                planner.state, planner.liveness, List.of(input), planner.nowMillis + 10);
    }
}
