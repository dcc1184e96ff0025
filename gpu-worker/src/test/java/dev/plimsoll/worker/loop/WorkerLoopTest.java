package dev.plimsoll.worker.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.CardMemory;
import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.tensor.TensorDtype;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

class WorkerLoopTest {

    private static final String ID = "worker-1";
    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);
    private static final RunSettings RUN = TestRun.ofLease(Duration.ofSeconds(5));

    private final WorkerLoop loop = new WorkerLoop(
            new WorkerIdentity(ID, "i-1", "h", new WorkerDevice("cpu", "x", "fp32", 0)));

    @Test
    void asksToJoinWithEveryTickUntilItIsAnswered() {
        assertThat(reports(loop.on(new Input.Tick(0)))).hasOnlyElementsOfType(Report.Joined.class);
        assertThat(reports(loop.on(new Input.Tick(0)))).hasOnlyElementsOfType(Report.Joined.class);
        command(admitted(1, 0));
        assertThat(reports(loop.on(new Input.Tick(0))))
                .containsExactly(new Report.Heartbeat(ID, 1, 0, 0));
    }

    @Test
    void isReadyOnlyWhenTheLaneIsReadAndTheStateLoaded() {
        assertThat(command(admitted(1, 3)))
                .containsExactly(
                        new Action.ReadLane(5),
                        new Action.ReadState(1, 3, List.of()),
                        new Action.ZeroSum());
        assertThat(reports(load(1, 3))).containsExactly(new Report.VersionHeld(ID, 1, 3, 33));
        assertThat(reports(loop.on(new Input.LaneRead(5))))
                .containsExactly(new Report.Ready(ID, 1, 3));
        assertThat(reports(loop.on(new Input.LaneRead(5)))).isEmpty();
    }

    private static MemoryMeasures memory(long used, long free) {
        return new MemoryMeasures(used, used, used, free, 10_000 - used - free, 10_000);
    }

    @Test
    void saysWhatMemoryItHasBeforeItIsReadyAndWhenThatChangesByMuch() {
        assertThat(loop.on(new Input.MemoryMeasured(memory(3_000, 6_000)))).isEmpty();
        command(admitted(1, 3));
        load(1, 3);
        assertThat(reports(loop.on(new Input.LaneRead(5))))
                .containsExactly(
                        new Report.MemoryRead(ID, 1, memory(3_000, 6_000)),
                        new Report.Ready(ID, 1, 3));
        assertThat(loop.on(new Input.MemoryMeasured(memory(3_010, 5_970)))).isEmpty();
        assertThat(reports(loop.on(new Input.MemoryMeasured(memory(3_000, 2_000)))))
                .containsExactly(new Report.MemoryRead(ID, 1, memory(3_000, 2_000)));
        assertThat(reports(loop.on(new Input.MemoryMeasured(memory(3_100, 1_900)))))
                .hasSize(1);
    }

    /**
     * A line that was lowered just before is not raised by the first telling, nor by a second that
     * a coordinator which was away reads together with it.
     */
    @Test
    void tellsWhatItToldOfItsMemoryAgainAfterSomeSignsOfLifeMoreAndMoreSeldom() {
        loop.on(new Input.MemoryMeasured(memory(3_000, 6_000)));
        enter(1, 3);
        loop.on(new Input.MemoryMeasured(memory(3_000, 2_000)));
        loop.on(new Input.MemoryMeasured(memory(3_000, 6_000)));
        List<Report> told = new ArrayList<>();
        List<Integer> at = new ArrayList<>();
        for (int i = 1; i <= 400; i++) {
            List<Report> now = reports(loop.on(new Input.Tick(0)));
            told.addAll(now);
            if (now.contains(new Report.MemoryRead(ID, 1, memory(3_000, 6_000)))) {
                at.add(i);
            }
        }
        assertThat(at).containsExactly(6, 18, 42, 90, 186, 282, 378);
        assertThat(told.subList(0, 2)).noneMatch(Report.MemoryRead.class::isInstance);
    }

    @Test
    void handsBackWhatHasNotBegunAndNothingElse() {
        enter(1, 0);
        command(train(1, 10, 0, 0));
        command(train(1, 11, 0, 0));
        loop.on(fetched(10, 0));
        assertThat(command(new Command.Recall(ID, 1, new Attempt(10, 0)))).isEmpty();
        assertThat(reports(command(new Command.Recall(ID, 1, new Attempt(11, 0)))))
                .containsExactly(new Report.MicroBatchFailed(
                        ID,
                        1,
                        new Attempt(11, 0),
                        dev.plimsoll.wire.protocol.FailureReason.RECALLED,
                        "not begun",
                        0));
        assertThat(command(new Command.Recall(ID, 1, new Attempt(11, 0)))).isEmpty();
        assertThat(command(new Command.Recall(ID, 2, new Attempt(10, 0)))).isEmpty();
        assertThat(command(train(1, 11, 0, 0)))
                .as("a repeated command of what was handed back")
                .isEmpty();
        loop.on(done(10, 0));
        assertThat(loop.on(fetched(11, 0))).isEmpty();
        assertThat(contribute(1, 90, 10L)).hasSize(1);
    }

    @Test
    void handsBackWhatWaitsBehindAnOutOfMemoryAndContributesTheRest() {
        enter(1, 0);
        trainOne(9, 0);
        command(train(1, 10, 0, 0));
        command(train(1, 11, 0, 0));
        loop.on(fetched(10, 0));
        List<Action> actions = loop.on(new Input.MicroBatchDone(
                new Attempt(10, 0),
                new MicroBatchResult.Failed(FailureReason.OUT_OF_MEMORY, "full", 7)));
        assertThat(reports(actions))
                .extracting(
                        report -> ((Report.MicroBatchFailed) report).attempt().attempt(),
                        report -> ((Report.MicroBatchFailed) report).reason())
                .containsExactly(
                        tuple(10L, dev.plimsoll.wire.protocol.FailureReason.OUT_OF_MEMORY),
                        tuple(11L, dev.plimsoll.wire.protocol.FailureReason.RECALLED));
        assertThat(loop.on(fetched(11, 0))).isEmpty();
        assertThat(contribute(1, 90, 9L)).hasSize(1);
    }

    /** A change that is little beside what all cards have together. */
    @Test
    void tellsOfItsMemoryWhenThatOfOneCardHasChanged() {
        List<MemoryMeasures> cards = new ArrayList<>(Collections.nCopies(8, memory(3_000, 6_000)));
        loop.on(new Input.MemoryMeasured(MemoryMeasures.of(cards)));
        enter(1, 3);
        cards.set(5, memory(3_000, 5_900));
        MemoryMeasures now = MemoryMeasures.of(cards);
        assertThat(reports(loop.on(new Input.MemoryMeasured(now))))
                .containsExactly(new Report.MemoryRead(ID, 1, now));
        assertThat(loop.on(new Input.MemoryMeasured(now))).isEmpty();
    }

    @Test
    void anOutOfMemoryNamesItsCardAndPeaksAreThoseOfEach() {
        enter(1, 0);
        command(train(1, 10, 0, 0));
        loop.on(fetched(10, 0));
        List<Action> failed = loop.on(new Input.MicroBatchDone(
                new Attempt(10, 0),
                new MicroBatchResult.Failed(FailureReason.OUT_OF_MEMORY, "full", 7, 2)));
        assertThat(reports(failed))
                .singleElement()
                .satisfies(report ->
                        assertThat(((Report.MicroBatchFailed) report).card()).isEqualTo(2));
        command(train(1, 11, 0, 0));
        loop.on(fetched(11, 0));
        List<Action> trained = loop.on(new Input.MicroBatchDone(
                new Attempt(11, 0),
                new MicroBatchResult.Trained(
                                2.5,
                                2,
                                3,
                                1,
                                1,
                                List.of(new CardMemory(40, 1, 1), new CardMemory(50, 1, 1)))
                        .recomputing(true)));
        assertThat(reports(trained))
                .singleElement()
                .satisfies(report -> assertThat(((Report.MicroBatchTrained) report).measures())
                        .isEqualTo(new TrainMeasures(3, 90, 1, 1, List.of(40L, 50L), true)));
    }

    @Test
    void trainsInTheLanesOrderOnTheVersionNamed() {
        enter(1, 3);
        command(train(1, 10, 2, 4));
        command(train(1, 11, 2, 4));
        assertThat(loop.on(fetched(11, 2))).isEmpty();
        assertThat(loop.on(fetched(10, 2))).isEmpty();
        assertThat(advance(4)).endsWith(trainAction(10, 2));
        assertThat(loop.attemptUnderWay()).isEqualTo(10);
        List<Action> actions = loop.on(done(10, 2));
        assertThat(reports(actions)).hasOnlyElementsOfType(Report.MicroBatchTrained.class);
        assertThat(actions).contains(trainAction(11, 2));
    }

    @Test
    void contributesExactlyWhatItsSumHolds() {
        enter(1, 0);
        trainOne(10, 0);
        command(train(1, 11, 0, 0));
        loop.on(fetched(11, 0));
        loop.on(new Input.MicroBatchDone(
                new Attempt(11, 0),
                new MicroBatchResult.Failed(FailureReason.NON_FINITE, "NaN", 0)));
        trainOne(12, 0);
        assertThat(command(new Command.Contribute(ID, 1, 90, 0, List.of(10L, 12L, 13L))))
                .as("taking zeroes it")
                .containsExactly(new Action.TakeSum(90, TensorDtype.F32));
        Action.PublishSum publish = publish(loop.on(taken(90)));
        assertThat(publish.manifest().attempts())
                .extracting(a -> a.attempt())
                .containsExactly(10L, 12L);
        List<ChunkSpan> spans = List.of(new ChunkSpan(0, 4, 9));
        assertThat(loop.on(new Input.SumPublished(90, spans)))
                .containsExactly(new Action.SendReport(
                        new Report.Contributed(ID, 1, 90, 0, List.of(10L, 12L), spans)));
        assertThat(contribute(1, 91))
                .as("the sum starts anew after it was taken")
                .isEmpty();
    }

    @Test
    void aContributionWaitsForTheMicroBatchesBeforeIt() {
        enter(1, 0);
        command(train(1, 10, 0, 0));
        assertThat(command(new Command.Contribute(ID, 1, 90, 0, List.of(10L)))).isEmpty();
        loop.on(fetched(10, 0));
        assertThat(loop.on(done(10, 0))).contains(new Action.TakeSum(90, TensorDtype.F32));
        assertThat(publish(loop.on(taken(90))).manifest().attempts()).hasSize(1);
    }

    private static final Action SHARE = new Action.Share(new Attempt(11, 0), 90, TensorDtype.F32);

    private static Input shared(long attempt, long contribution) {
        TakenSum sum = new TakenSum(
                contribution, new WireVector(TensorDtype.F32, new byte[4]), new double[] {1});
        return new Input.MicroBatchDone(
                new Attempt(attempt, 0),
                new MicroBatchResult.Trained(2.5, 2, 3, 1, 1, 1, 1, 1),
                Optional.of(sum));
    }

    @Test
    void theSumLeavesWithTheLastMicroBatchOfWhatIsAskedFor() {
        enter(1, 0);
        trainOne(10, 0);
        command(train(1, 11, 0, 0));
        assertThat(command(new Command.Contribute(ID, 1, 90, 0, List.of(10L, 11L))))
                .isEmpty();
        assertThat(loop.on(fetched(11, 0))).containsExactly(trainAction(11, 0), SHARE);
        List<Action> actions = loop.on(shared(11, 90));
        assertThat(actions).noneMatch(Action.TakeSum.class::isInstance);
        assertThat(reports(actions)).hasOnlyElementsOfType(Report.MicroBatchTrained.class);
        assertThat(publish(actions).manifest().attempts())
                .extracting(TrainedAttempt::attempt)
                .containsExactly(10L, 11L);
        List<ChunkSpan> spans = List.of(new ChunkSpan(0, 4, 9));
        assertThat(reports(loop.on(new Input.SumPublished(90, spans))))
                .containsExactly(new Report.Contributed(ID, 1, 90, 0, List.of(10L, 11L), spans));
        assertThat(contribute(1, 91)).as("the sum is empty").isEmpty();
    }

    @Test
    void aMicroBatchThatIsInWorkIsSharedWhenItIsAskedFor() {
        enter(1, 0);
        trainOne(10, 0);
        command(train(1, 11, 0, 0));
        loop.on(fetched(11, 0));
        Command asked = new Command.Contribute(ID, 1, 90, 0, List.of(11L, 10L));
        assertThat(command(asked)).containsExactly(SHARE);
        assertThat(command(asked)).as("heard again").isEmpty();
        assertThat(loop.on(done(11, 0)))
                .as("it came too late for the engine")
                .contains(new Action.TakeSum(90, TensorDtype.F32));
    }

    @Test
    void onlyTheLastMicroBatchOfAContributionIsShared() {
        enter(1, 0);
        command(train(1, 10, 0, 0));
        command(train(1, 11, 0, 0));
        loop.on(fetched(10, 0));
        loop.on(fetched(11, 0));
        assertThat(command(new Command.Contribute(ID, 1, 90, 0, List.of(10L, 11L))))
                .isEmpty();
        command(train(1, 12, 0, 0));
        loop.on(fetched(12, 0));
        assertThat(loop.on(done(10, 0))).endsWith(trainAction(11, 0), SHARE);
        List<Action> actions = loop.on(shared(11, 90));
        assertThat(publish(actions).manifest().attempts()).hasSize(2);
        assertThat(actions).as("is of another contribution").endsWith(trainAction(12, 0));
        loop.on(done(12, 0));
        assertThat(contribute(1, 91, 12L)).extracting(TrainedAttempt::attempt).containsExactly(12L);
    }

    @Test
    void aSumThatIsTakenThoughNobodyAsksForItIsForgotten() {
        enter(1, 0);
        trainOne(10, 0);
        command(train(1, 11, 0, 0));
        loop.on(fetched(11, 0));
        List<Action> actions = loop.on(shared(11, 90));
        assertThat(actions).noneMatch(Action.PublishSum.class::isInstance);
        assertThat(contribute(1, 91)).isEmpty();
    }

    @Test
    void otherAttemptsThanThoseAreNotShared() {
        enter(1, 0);
        trainOne(10, 0);
        command(train(1, 11, 0, 0));
        loop.on(fetched(11, 0));
        assertThat(command(new Command.Contribute(ID, 1, 90, 0, List.of(11L)))).isEmpty();
        assertThat(loop.on(done(11, 0))).contains(new Action.TakeSum(90, TensorDtype.F32));
    }

    @Test
    void whatIsAskedForWithAMicroBatchThatFailsIsNotContributed() {
        enter(1, 0);
        trainOne(10, 0);
        command(train(1, 11, 0, 0));
        command(train(1, 12, 0, 0));
        command(new Command.Contribute(ID, 1, 90, 0, List.of(10L, 11L, 12L)));
        loop.on(fetched(11, 0));
        List<Action> actions = loop.on(new Input.MicroBatchDone(
                new Attempt(11, 0),
                new MicroBatchResult.Failed(FailureReason.OUT_OF_MEMORY, "full", 7)));
        assertThat(reports(actions)).hasSize(2);
        assertThat(actions).noneMatch(Action.TakeSum.class::isInstance);
        assertThat(command(train(1, 11, 0, 0)))
                .as("a repeated command of what failed")
                .isEmpty();
        assertThat(contribute(1, 91, 10L)).extracting(TrainedAttempt::attempt).containsExactly(10L);
    }

    @Test
    void whoIsAskedAgainSharesTheSumThatIsAskedForNow() {
        enter(1, 0);
        trainOne(10, 0);
        command(train(1, 11, 0, 0));
        command(new Command.Contribute(ID, 1, 89, 0, List.of(10L, 11L)));
        loop.on(fetched(11, 0));
        loop.on(new Input.MicroBatchDone(
                new Attempt(11, 0),
                new MicroBatchResult.Failed(FailureReason.OUT_OF_MEMORY, "full", 7)));
        command(train(1, 12, 0, 0));
        command(new Command.Contribute(ID, 1, 92, 0, List.of(10L, 12L)));
        assertThat(loop.on(fetched(12, 0)))
                .contains(new Action.Share(new Attempt(12, 0), 92, TensorDtype.F32));
        assertThat(publish(loop.on(shared(12, 92))).manifest().contribution()).isEqualTo(92);
    }

    @Test
    void theSumIsZeroedBeforeAnotherStepEnters() {
        enter(1, 0);
        trainOne(10, 0);
        command(train(1, 11, 1, 1));
        loop.on(fetched(11, 1));
        assertThat(advance(1)).endsWith(new Action.ZeroSum(), trainAction(11, 1));
    }

    @Test
    void commandsOfOthersAndOfOldGenerationsHaveNoEffect() {
        enter(2, 0);
        assertThat(command(train(1, 10, 0, 0))).isEmpty();
        assertThat(command(new Command.TrainMicroBatch(
                        "other",
                        2,
                        new Attempt(10, 0),
                        0,
                        List.of(new SequenceRef(10, 3, 2, 1)),
                        PLAN)))
                .isEmpty();
        assertThat(command(new Command.Contribute(ID, 1, 90, 0, List.of()))).isEmpty();
        assertThat(command(admitted(2, 0))).isEmpty();
        assertThat(command(new Command.Admitted(ID, "i-other", 5, 3, 0, RUN))).isEmpty();
        assertThat(command(new Command.Refused(ID, "i-other", RefusalReason.MODEL_DIFFERS, "no")))
                .isEmpty();
        assertThat(command(new Command.ApplyStep(0, 0, List.of(), 1))).isEmpty();
        assertThat(command(new Command.SaveState(0))).isEmpty();
    }

    @Test
    void aRepeatedCommandIsTrainedOnce() {
        enter(1, 0);
        command(train(1, 10, 0, 0));
        assertThat(command(train(1, 10, 0, 0))).isEmpty();
    }

    @Test
    void aNewGenerationForgetsTheOldOnesWork() {
        enter(1, 0);
        trainOne(10, 0);
        command(train(1, 11, 0, 0));
        assertThat(command(admitted(2, 0))).contains(new Action.ZeroSum());
        loop.on(new Input.LaneRead(5));
        assertThat(loop.on(fetched(11, 0))).isEmpty();
        load(2, 0);
        assertThat(contribute(2, 90)).isEmpty();
    }

    @Test
    void aMicroBatchOfTheOldGenerationInTheEngineIsZeroedAwayAndNotReported() {
        enter(1, 0);
        command(train(1, 10, 0, 0));
        loop.on(fetched(10, 0));
        command(admitted(2, 0));
        assertThat(reports(loop.on(new Input.LaneRead(5))))
                .as("not ready while the engine is busy: it may hang")
                .isEmpty();
        loop.on(new Input.StateRead(2, state(0)));
        assertThat(loop.on(done(10, 0)))
                .containsExactly(new Action.ZeroSum(), new Action.LoadState(2, STATES.get(0L)));
        assertThat(reports(loop.on(new Input.StateLoaded(2, 0))))
                .containsExactly(new Report.VersionHeld(ID, 2, 0, 0), new Report.Ready(ID, 2, 0));
        command(train(2, 11, 0, 0));
        assertThat(loop.on(fetched(11, 0))).containsExactly(trainAction(11, 0));
    }

    @Test
    void anOldGenerationsPublicationIsNotReported() {
        enter(1, 0);
        contribute(1, 90);
        command(admitted(2, 0));
        assertThat(reports(loop.on(new Input.SumPublished(90, List.of())))).isEmpty();
    }

    @Test
    void unreadableSequencesAndOutOfMemoryAreReportedAndTheNextOneRuns() {
        enter(1, 0);
        command(train(1, 10, 0, 0));
        assertThat(reports(loop.on(new Input.SequencesUnreadable(new Attempt(10, 0), "gone"))))
                .containsExactly(new Report.MicroBatchFailed(
                        ID,
                        1,
                        new Attempt(10, 0),
                        dev.plimsoll.wire.protocol.FailureReason.UNREADABLE_SEQUENCE,
                        "gone",
                        0));
        command(train(1, 11, 0, 0));
        loop.on(fetched(11, 0));
        assertThat(reports(loop.on(new Input.MicroBatchDone(
                        new Attempt(11, 0),
                        new MicroBatchResult.Failed(FailureReason.OUT_OF_MEMORY, "full", 64)))))
                .containsExactly(new Report.MicroBatchFailed(
                        ID,
                        1,
                        new Attempt(11, 0),
                        dev.plimsoll.wire.protocol.FailureReason.OUT_OF_MEMORY,
                        "full",
                        64));
        trainOne(12, 0);
    }

    @Test
    void aMicroBatchOfAPastVersionIsNotTrained() {
        enter(1, 0);
        advance(1);
        command(train(1, 10, 0, 0));
        assertThat(loop.on(fetched(10, 0))).isEmpty();
        assertThat(loop.attemptUnderWay()).isZero();
    }

    @Test
    void aRefusalStopsWithItsNoteAndAFinishedRunStopsCleanly() {
        assertThat(command(
                        new Command.Refused(ID, "i-1", RefusalReason.MODEL_DIFFERS, "other model")))
                .containsExactly(new Action.Stop(true, "other model"));
        assertThat(loop.on(new Input.Tick(0))).isEmpty();
        WorkerLoop other = new WorkerLoop(
                new WorkerIdentity(ID, "i-1", "h", new WorkerDevice("cpu", "x", "fp32", 0)));
        assertThat(other.on(new Input.CommandRead(new Command.FinishRun("done"))))
                .containsExactly(new Action.Stop(false, "done"));
    }

    @Test
    void stoppingOnRequestLeaves() {
        enter(1, 0);
        assertThat(loop.on(new Input.StopAsked("bye")))
                .containsExactly(
                        new Action.SendReport(new Report.Left(ID, 1, "bye")),
                        new Action.Stop(false, "bye"));
    }

    @Test
    void stoppingOnRequestEndsTheWorkContributesAndLeaves() {
        enter(1, 0);
        trainOne(9, 0);
        command(train(1, 10, 0, 0));
        command(train(1, 11, 0, 0));
        loop.on(fetched(10, 0));
        assertThat(reports(loop.on(new Input.StopAsked("bye"))))
                .containsExactly(
                        new Report.Draining(ID, 1, "bye"),
                        new Report.MicroBatchFailed(
                                ID,
                                1,
                                new Attempt(11, 0),
                                dev.plimsoll.wire.protocol.FailureReason.RECALLED,
                                "not begun: it is leaving",
                                0));
        assertThat(reports(command(train(1, 12, 0, 0))))
                .extracting(report -> ((Report.MicroBatchFailed) report).reason())
                .containsExactly(dev.plimsoll.wire.protocol.FailureReason.RECALLED);
        assertThat(reports(loop.on(done(10, 0))))
                .hasOnlyElementsOfType(Report.MicroBatchTrained.class);
        assertThat(contribute(1, 90, 9L, 10L)).hasSize(2);
        List<Action> last = loop.on(new Input.SumPublished(90, List.of(new ChunkSpan(0, 4, 9))));
        assertThat(reports(last)).hasSize(2).first().isInstanceOf(Report.Contributed.class);
        assertThat(last)
                .endsWith(
                        new Action.SendReport(new Report.Left(ID, 1, "bye")),
                        new Action.Stop(false, "bye"));
    }

    @Test
    void toldToDrainItLeavesAsIfItWereAskedToStopHoweverOftenItIsTold() {
        enter(1, 0);
        trainOne(9, 0);
        assertThat(command(new Command.Drain(ID, 2, "by me"))).isEmpty();
        assertThat(reports(command(new Command.Drain(ID, 1, "by me"))))
                .containsExactly(new Report.Draining(ID, 1, "by me"));
        assertThat(command(new Command.Drain(ID, 1, "as asked before"))).isEmpty();
        assertThat(contribute(1, 90, 9L)).hasSize(1);
        assertThat(loop.on(new Input.SumPublished(90, List.of(new ChunkSpan(0, 4, 9)))))
                .endsWith(
                        new Action.SendReport(new Report.Left(ID, 1, "by me")),
                        new Action.Stop(false, "by me"));
        WorkerLoopTest idle = new WorkerLoopTest();
        idle.enter(1, 0);
        assertThat(idle.command(new Command.Drain(ID, 1, "by me")))
                .endsWith(new Action.Stop(false, "by me"));
    }

    @Test
    void aCapHoldsForItsGenerationAlone() {
        enter(1, 0);
        assertThat(command(new Command.CapMemory(ID, 1, 5_000)))
                .containsExactly(new Action.CapMemory(5_000));
        assertThat(command(new Command.CapMemory(ID, 1, 5_000))).isEmpty();
        assertThat(command(admitted(2, 0))).contains(new Action.CapMemory(0));
        assertThat(command(admitted(3, 0))).doesNotContain(new Action.CapMemory(0));
    }

    @Test
    void itDoesNotWaitToBeAskedForTheSumOfAStepThatIsOver() {
        enter(1, 0);
        trainOne(9, 0);
        loop.on(new Input.StopAsked("bye"));
        assertThat(command(fixed(0))).isEmpty();
        assertThat(command(fixed(1))).endsWith(new Action.Stop(false, "bye"));
    }

    @Test
    void theSumOfAnAbandonedStepIsZeroedBeforeTheNextEnters() {
        enter(1, 0);
        trainOne(9, 0);
        command(new Command.VersionCommitted(0, 1));
        load(2, 1);
        command(train(1, 10, 1, 1));
        assertThat(loop.on(fetched(10, 1))).contains(new Action.ZeroSum());
    }

    @Test
    void askedToStopAgainOrUnderANewGenerationItLeavesAtOnce() {
        enter(1, 0);
        trainOne(9, 0);
        assertThat(reports(loop.on(new Input.StopAsked("bye"))))
                .containsExactly(new Report.Draining(ID, 1, "bye"));
        assertThat(loop.on(new Input.StopAsked("now"))).endsWith(new Action.Stop(false, "now"));
        WorkerLoopTest another = new WorkerLoopTest();
        another.enter(1, 0);
        another.trainOne(9, 0);
        another.loop.on(new Input.StopAsked("bye"));
        assertThat(another.command(admitted(2, 0)))
                .endsWith(new Action.Stop(false, "its former generation was over"));
    }

    @Test
    void aSignOfLifeTellsTheMicroBatchUnderWay() {
        enter(1, 0);
        assertThat(reports(loop.on(new Input.Tick(3))))
                .containsExactly(new Report.Heartbeat(ID, 1, 0, 0));
        command(train(1, 10, 0, 0));
        loop.on(fetched(10, 0));
        assertThat(reports(loop.on(new Input.Tick(3))))
                .containsExactly(new Report.Heartbeat(ID, 1, 10, 3));
    }

    @Test
    void whoHasNotJoinedLeavesWithoutAWord() {
        assertThat(loop.on(new Input.StopAsked("bye")))
                .containsExactly(new Action.Stop(false, "bye"));
    }

    @Test
    void anotherLaneThanItsOwnIsNotEnough() {
        command(admitted(1, 3));
        loop.on(new Input.LaneRead(4));
        load(1, 3);
        assertThat(loop.on(new Input.LaneRead(6))).isEmpty();
        assertThat(reports(loop.on(new Input.LaneRead(5))))
                .containsExactly(new Report.Ready(ID, 1, 3));
    }

    @Test
    void beforeAdmissionCommandsAndAnswersMeanNothing() {
        assertThat(loop.on(new Input.LaneRead(5))).isEmpty();
        assertThat(command(train(0, 10, 0, 0))).isEmpty();
        assertThat(command(new Command.Contribute(ID, 0, 90, 0, List.of()))).isEmpty();
        assertThat(command(new Command.VersionCommitted(0, 1))).isEmpty();
        assertThat(command(fixed(1))).isEmpty();
        assertThat(loop.on(new Input.StateRead(1, state(0)))).isEmpty();
        assertThat(loop.on(fetched(10, 0))).isEmpty();
        assertThat(loop.on(new Input.SequencesUnreadable(new Attempt(10, 0), "gone")))
                .isEmpty();
    }

    @Test
    void anEnginesAnswerToAnotherQuestionIsABug() {
        enter(1, 0);
        command(train(1, 10, 0, 0));
        loop.on(fetched(10, 0));
        assertThatThrownBy(() -> loop.on(done(11, 0))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loop.on(new Input.SumPublished(90, List.of())))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void answersTheEngineNeverGivesAreBugs() {
        enter(1, 0);
        assertThatThrownBy(() -> loop.on(done(10, 0))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loop.on(new Input.SumPublished(1, List.of())))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loop.on(taken(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loop.on(new Input.Folded(1, 1)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loop.on(new Input.StateLoaded(1, 1)))
                .isInstanceOf(IllegalStateException.class);
    }

    private void enter(long generation, long version) {
        command(admitted(generation, version));
        loop.on(new Input.LaneRead(5));
        load(1, version);
    }

    private static final Map<Long, AdapterState> STATES = new TreeMap<>();

    private static AdapterState state(long version) {
        return STATES.computeIfAbsent(
                version, v -> new AdapterState(v, v, new float[1], new float[1], new float[1]));
    }

    /** The state of a version is read and loaded; its digest is eleven times its number. */
    private List<Action> load(long request, long version) {
        loop.on(new Input.StateRead(request, state(version)));
        return loop.on(new Input.StateLoaded(request, 11 * version));
    }

    private static Command fixed(long version) {
        return new Command.FixClip(
                version - 1,
                1,
                1,
                1,
                version,
                version,
                Optional.of(new SumSource(true, 3, List.of())));
    }

    /** The version is committed, and made of a sum that others contributed to. */
    private List<Action> advance(long version) {
        long request = command(fixed(version)).stream()
                .filter(Action.ReadSum.class::isInstance)
                .map(Action.ReadSum.class::cast)
                .findFirst()
                .orElseThrow()
                .request();
        loop.on(new Input.SumRead(request, new WireVector(TensorDtype.F32, new byte[4])));
        return loop.on(new Input.Folded(version, 11 * version));
    }

    private static Input taken(long contribution) {
        return new Input.SumTaken(new TakenSum(
                contribution, new WireVector(TensorDtype.F32, new byte[4]), new double[] {1}));
    }

    /** What the manifest says it holds. */
    private List<TrainedAttempt> contribute(long generation, long contribution, Long... attempts) {
        command(new Command.Contribute(ID, generation, contribution, 0, List.of(attempts)));
        return publish(loop.on(taken(contribution))).manifest().attempts();
    }

    private void trainOne(long attempt, long step) {
        command(train(loop.generation(), attempt, step, step));
        assertThat(loop.on(fetched(attempt, step))).contains(trainAction(attempt, step));
        assertThat(reports(loop.on(done(attempt, step))))
                .hasOnlyElementsOfType(Report.MicroBatchTrained.class);
    }

    private List<Action> command(Command command) {
        return loop.on(new Input.CommandRead(command));
    }

    private static Command.Admitted admitted(long generation, long version) {
        return new Command.Admitted(ID, "i-1", 5, generation, version, RUN);
    }

    private static Command.TrainMicroBatch train(
            long generation, long attempt, long step, long version) {
        return new Command.TrainMicroBatch(
                ID,
                generation,
                new Attempt(attempt, step),
                version,
                List.of(new SequenceRef(attempt, 3, 2, 1)),
                PLAN);
    }

    private static List<PackedSequence> sequences(long attempt) {
        return List.of(new PackedSequence(attempt, SHARED_TOKENS, SHARED_MASK));
    }

    private static final int[] SHARED_TOKENS = {1, 2, 3};
    private static final boolean[] SHARED_MASK = {false, true, true};

    private static Input fetched(long attempt, long step) {
        return new Input.SequencesRead(new Attempt(attempt, step), sequences(attempt));
    }

    private Action trainAction(long attempt, long step) {
        return new Action.Train(
                new Attempt(attempt, step), loop.generation(), sequences(attempt), PLAN);
    }

    private static Input done(long attempt, long step) {
        return new Input.MicroBatchDone(
                new Attempt(attempt, step), new MicroBatchResult.Trained(2.5, 2, 3, 1, 1, 1, 1, 1));
    }

    private static List<Report> reports(List<Action> actions) {
        List<Report> reports = new ArrayList<>();
        for (Action action : actions) {
            if (action instanceof Action.SendReport(Report report)) {
                reports.add(report);
            }
        }
        return reports;
    }

    private static Action.PublishSum publish(List<Action> actions) {
        return actions.stream()
                .filter(Action.PublishSum.class::isInstance)
                .map(Action.PublishSum.class::cast)
                .findFirst()
                .orElseThrow();
    }
}
