package dev.plimsoll.worker.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.tensor.TensorDtype;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A worker evaluates the version that it is told to, and its sum is as it was. */
class WorkerEvaluationTest {

    private static final String ID = "worker-1";
    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);
    private static final RunSettings RUN = TestRun.ofLease(Duration.ofSeconds(5));
    private static final int[] TOKENS = {1, 2, 3};
    private static final boolean[] MASK = {false, true, true};

    private final WorkerLoop loop = new WorkerLoop(
            new WorkerIdentity(ID, "i-1", "h", new WorkerDevice("cpu", "x", "fp32", 0)));

    @BeforeEach
    void enter() {
        command(new Command.Admitted(ID, "i-1", 5, 1, 4, RUN));
        AdapterState state = new AdapterState(4, 4, new float[1], new float[1], new float[1]);
        loop.on(new Input.LaneRead(5));
        loop.on(new Input.StateRead(1, state));
        loop.on(new Input.StateLoaded(1, 44));
    }

    private List<Action> command(Command command) {
        return loop.on(new Input.CommandRead(command));
    }

    private static List<PackedSequence> sequences(long attempt) {
        return List.of(new PackedSequence(attempt, TOKENS, MASK));
    }

    private List<Action> fetched(Attempt attempt) {
        return loop.on(new Input.SequencesRead(attempt, sequences(attempt.attempt())));
    }

    private List<Action> order(long attempt, long version) {
        command(new Command.EvaluateMicroBatch(
                ID,
                1,
                Attempt.ofEvaluation(attempt),
                version,
                List.of(new SequenceRef(attempt, 3, 2, 1)),
                PLAN));
        return fetched(Attempt.ofEvaluation(attempt));
    }

    private static Action evaluate(long attempt) {
        return new Action.Evaluate(Attempt.ofEvaluation(attempt), sequences(attempt), PLAN);
    }

    private List<Action> done(long attempt) {
        return loop.on(new Input.MicroBatchDone(
                Attempt.ofEvaluation(attempt), new MicroBatchResult.Evaluated(2.5, 2, 3, 7, 8)));
    }

    private static Action said(long attempt, long version) {
        return new Action.SendReport(new Report.MicroBatchEvaluated(
                ID,
                1,
                Attempt.ofEvaluation(attempt),
                version,
                2.5,
                2,
                new TrainMeasures(3, 7, 8, 0)));
    }

    @Test
    void itSaysTheLossAndTheVersionThatItHeld() {
        assertThat(order(10, 4)).containsExactly(evaluate(10));
        assertThat(loop.attemptUnderWay()).as("in its heartbeats").isEqualTo(10);
        assertThat(done(10)).containsExactly(said(10, 4));
    }

    @Test
    void itWaitsForTheVersionAndLeavesOutOneThatIsGone() {
        assertThat(order(10, 5)).as("version 4 is held").isEmpty();
        command(new Command.FixClip(
                4, 1, 1, 1, 5, 5, Optional.of(new SumSource(true, 3, List.of()))));
        loop.on(new Input.SumRead(2, new WireVector(TensorDtype.F32, new byte[4])));
        assertThat(loop.on(new Input.Folded(5, 55))).contains(evaluate(10));
        assertThat(done(10)).containsExactly(said(10, 5));
        assertThat(order(11, 4)).as("version 5 is held").isEmpty();
    }

    @Test
    void theSumIsAsItWas() {
        Attempt trained = new Attempt(9, 4);
        command(new Command.TrainMicroBatch(
                ID, 1, trained, 4, List.of(new SequenceRef(9, 3, 2, 1)), PLAN));
        fetched(trained);
        loop.on(new Input.MicroBatchDone(
                trained, new MicroBatchResult.Trained(2, 2, 3, 1, 1, 1, 1, 1)));
        assertThat(order(10, 4)).as("nothing is zeroed").containsExactly(evaluate(10));
        done(10);
        List<Action> actions = command(new Command.Contribute(ID, 1, 90, 4, List.of(9L)));
        assertThat(actions).containsExactly(new Action.TakeSum(90, TensorDtype.F32));
    }

    @Test
    void whatWaitsBehindAnOutOfMemoryIsHandedBack() {
        order(10, 4);
        order(11, 4);
        List<Action> actions = loop.on(new Input.MicroBatchDone(
                Attempt.ofEvaluation(10),
                new MicroBatchResult.Failed(FailureReason.OUT_OF_MEMORY, "full", 7)));
        assertThat(actions)
                .extracting(
                        action -> ((Report.MicroBatchFailed) ((Action.SendReport) action).report())
                                .attempt()
                                .attempt())
                .containsExactly(10L, 11L);
    }

    @Test
    void whatIsRecalledBeforeItBeginsIsHandedBack() {
        order(10, 4);
        order(11, 4);
        assertThat(command(new Command.Recall(ID, 1, Attempt.ofEvaluation(11)))).hasSize(1);
        assertThat(done(10)).containsExactly(said(10, 4));
    }

    @Test
    void whoIsAskedToStopWhileItEvaluatesLeavesAtOnce() {
        order(10, 4);
        assertThat(loop.on(new Input.StopAsked("enough")))
                .hasOnlyElementsOfTypes(Action.SendReport.class, Action.Stop.class);
    }
}
