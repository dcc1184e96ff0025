package dev.plimsoll.worker.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The order within a turn, and when turns are due; what a turn says is WorkerLoopTest's. */
class WorkerDriverTest {

    private static final String ID = "worker-1";
    private static final long BEGIN = Long.MAX_VALUE - 1_000; // such clocks may overflow
    private static final MemoryMeasures ROOMY = memory(6_000);
    private static final MemoryMeasures FULL = memory(100);
    private static final RunSettings RUN = TestRun.ofLease(Duration.ofSeconds(2));

    private final WorkerDriver driver = driver(Duration.ofSeconds(2));
    private long millis;

    private static WorkerDriver driver(Duration lease) {
        return new WorkerDriver(
                new WorkerIdentity(ID, "i-1", "h", new WorkerDevice("cpu", "x", "fp32", 0)),
                lease,
                BEGIN);
    }

    private static MemoryMeasures memory(long free) {
        return new MemoryMeasures(10, 10, 10, free, 10_000 - 10 - free, 10_000);
    }

    private static long nanos(long millis) {
        return BEGIN + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private List<Action> turn(MemoryMeasures memory, Input input) {
        return driver.turn(
                Optional.ofNullable(input),
                new WorkerDriver.Sight(nanos(millis), memory, 3, 7, 11));
    }

    private List<Action> turn(Input input) {
        return turn(ROOMY, input);
    }

    private void enter() {
        turn(new Input.CommandRead(new Command.Admitted(ID, "i-1", 5, 1, 0, RUN)));
        turn(new Input.LaneRead(5));
        turn(new Input.StateRead(
                1, new AdapterState(0, 0, new float[1], new float[1], new float[1])));
        assertThat(turn(new Input.StateLoaded(1, 0)))
                .contains(new Action.SendReport(new Report.Ready(ID, 1, 0)));
    }

    private void train(Attempt attempt) {
        order(attempt);
        turn(read(attempt));
    }

    private void order(Attempt attempt) {
        turn(new Input.CommandRead(new Command.TrainMicroBatch(
                ID,
                1,
                attempt,
                0,
                List.of(new SequenceRef(1, 3, 2, 1)),
                new MemoryPlan(0, 64, 0))));
    }

    private static Input read(Attempt attempt) {
        return new Input.SequencesRead(
                attempt,
                List.of(new PackedSequence(
                        1, new int[] {1, 2, 3}, new boolean[] {true, true, true})));
    }

    private static Input trained(Attempt attempt) {
        return new Input.MicroBatchDone(
                attempt, new MicroBatchResult.Trained(2.5, 2, 30, 1, 1, 1, 1, 1));
    }

    @Test
    void itIsKnownWhoHasTheMemoryBeforeAnOutOfMemoryIsReported() {
        enter();
        Attempt attempt = new Attempt(1, 0);
        train(attempt);
        List<Action> actions = turn(
                FULL,
                new Input.MicroBatchDone(
                        attempt,
                        new MicroBatchResult.Failed(FailureReason.OUT_OF_MEMORY, "full", 99)));
        assertThat(actions)
                .containsExactly(
                        new Action.SendReport(new Report.MemoryRead(ID, 1, FULL)),
                        new Action.SendReport(new Report.MicroBatchFailed(
                                ID,
                                1,
                                attempt,
                                dev.plimsoll.wire.protocol.FailureReason.OUT_OF_MEMORY,
                                "full",
                                99)));
    }

    @Test
    void theMemoryIsLookedAtWithoutAnInputToo() {
        enter();
        assertThat(turn(FULL, null))
                .containsExactly(new Action.SendReport(new Report.MemoryRead(ID, 1, FULL)));
    }

    @Test
    void theFirstSignOfLifeIsDueAtOnceAndTheNextOneAPeriodLater() {
        assertThat(turn(null))
                .hasSize(2)
                .first()
                .isInstanceOfSatisfying(
                        Action.SendReport.class,
                        sent -> assertThat(sent.report()).isInstanceOf(Report.Joined.class));
        millis = 399;
        assertThat(turn(null)).isEmpty();
        millis = 400;
        assertThat(turn(null)).hasSize(2);
        assertThat(turn(null)).isEmpty();
    }

    @Test
    void aSignOfLifeComesAfterWhatHappenedAndSaysHowFarTheMicroBatchIs() {
        enter();
        train(new Attempt(1, 0));
        millis = 500;
        assertThat(turn(null).getFirst())
                .isEqualTo(new Action.SendReport(new Report.Heartbeat(ID, 1, 1, 3)));
        millis = 1_000;
        List<Action> actions = turn(trained(new Attempt(1, 0)));
        assertThat(actions).hasSize(3);
        assertThat(((Action.SendReport) actions.get(0)).report())
                .isInstanceOf(Report.MicroBatchTrained.class);
        assertThat(actions.get(1))
                .isEqualTo(new Action.SendReport(new Report.Heartbeat(ID, 1, 0, 0)));
        assertThat(actions.get(2))
                .as("30 tokens in half a second")
                .isEqualTo(new Action.SendTelemetry(
                        new Telemetry.WorkerMeasured(ID, 1, 60, 7, ROOMY, 11)));
    }

    /** The process sees 3 layers done before each turn, of whatever is in the engine then. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "the micro-batch goes on,    1, 1, 0, 1, 3",
        "a micro-batch begins,       1, 0, 0, 1, 0",
        "it ends and nothing waits,  1, 1, 1, 0, 0",
        "it ends and another begins, 2, 2, 1, 2, 0"
    })
    void theLayersOfASignOfLifeAreThoseOfItsMicroBatch(
            String what, int ordered, int readBefore, long ends, long attempt, int layersDone) {
        enter();
        for (int number = 1; number <= ordered; number++) {
            order(new Attempt(number, 0));
            if (number <= readBefore) {
                turn(read(new Attempt(number, 0)));
            }
        }
        millis = 500;
        Input input = ends > 0
                ? trained(new Attempt(ends, 0))
                : readBefore < ordered ? read(new Attempt(ordered, 0)) : null;
        assertThat(turn(input))
                .contains(new Action.SendReport(new Report.Heartbeat(ID, 1, attempt, layersDone)));
    }

    @Test
    void failedMicroBatchesCountNoTokens() {
        enter();
        train(new Attempt(1, 0));
        millis = 500;
        List<Action> actions = turn(new Input.MicroBatchDone(
                new Attempt(1, 0), new MicroBatchResult.Failed(FailureReason.NON_FINITE, "", 0)));
        assertThat(actions)
                .last()
                .isEqualTo(new Action.SendTelemetry(
                        new Telemetry.WorkerMeasured(ID, 1, 0, 7, ROOMY, 11)));
    }

    @ParameterizedTest
    @CsvSource({"2000, 0, 0", "2000, 100, 200", "2000, 300, 100", "2000, 400, 0", "60000, 900, 100"
    })
    void waitsForAnInputUntilTheNextLookOrSign(long leaseMillis, long at, long expectedMillis) {
        WorkerDriver fresh = driver(Duration.ofMillis(leaseMillis));
        if (at > 0) {
            fresh.turn(Optional.empty(), new WorkerDriver.Sight(nanos(0), ROOMY, 0, 0, 0));
        }
        assertThat(fresh.patienceNanos(nanos(at)))
                .isEqualTo(TimeUnit.MILLISECONDS.toNanos(expectedMillis));
    }

    @Test
    void whatIsOverSaysNothingMore() {
        enter();
        millis = 5_000;
        assertThat(driver.isOver()).isFalse();
        assertThat(turn(new Input.StopAsked("bye")))
                .containsExactly(
                        new Action.SendReport(new Report.Left(ID, 1, "bye")),
                        new Action.Stop(false, "bye"));
        assertThat(driver.isOver()).isTrue();
        millis = 9_000;
        assertThat(turn(FULL, null)).isEmpty();
        assertThat(turn(FULL, trained(new Attempt(1, 0)))).isEmpty();
    }

    @Test
    void anEnginesAnswerToNoQuestionIsABug() {
        enter();
        assertThatThrownBy(() -> turn(trained(new Attempt(1, 0))))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> turn(new Input.SumPublished(1, List.of())))
                .isInstanceOf(IllegalStateException.class);
    }
}
