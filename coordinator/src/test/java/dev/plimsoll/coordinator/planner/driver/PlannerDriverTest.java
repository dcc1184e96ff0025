package dev.plimsoll.coordinator.planner.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.driver.DriverLimits.SnapshotLimits;
import dev.plimsoll.coordinator.planner.driver.Polled.ReadInput;
import dev.plimsoll.coordinator.planner.driver.Transaction.LaneCommand;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.WorkerDevice;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

class PlannerDriverTest {
    private static final String REPORTS = "reports-0";
    private static final Input HEARTBEAT = new Input.Reported(new Report.Heartbeat("a", 1, 0, 0));
    private static final Control PAUSE = new Control.Pause("test");
    private static final Control.Finish FINISH = new Control.Finish("test");
    private static final JournalRecord PAUSED = new JournalRecord.PauseChanged(true, "test");
    private static final JournalRecord RESUMED = new JournalRecord.PauseChanged(false, "test");
    private static final DriverLimits LIMITS = new DriverLimits(
            3,
            Duration.ofMillis(200),
            Duration.ofMillis(500),
            Duration.ofMillis(100),
            new SnapshotLimits(5, 20, 1_000_000));

    private final PlannerState state = created();
    private final List<JournalRecord> journal = new ArrayList<>();
    private final List<List<Input>> decided = new ArrayList<>();
    private Function<List<Input>, Decision> decision = inputs -> nothing("nothing");
    private PlannerDriver driver = driver(LIMITS, start(0, 0));

    private static PlannerState created() {
        return new TestPlanner(TestPlanner.stepsOf(2), 1).state;
    }

    private PlannerDriver driver(DriverLimits limits, StartOffsets start) {
        Decider decider = (before, liveness, inputs, nowMillis) -> {
            decided.add(inputs);
            return decision.apply(inputs);
        };
        return new PlannerDriver(new PlannerDriver.Folded(state, 0), decider, limits, start, at(0));
    }

    private static StartOffsets start(long beginning, long end) {
        return new StartOffsets(
                positions(beginning, beginning, beginning), positions(end, end, end));
    }

    private static SortedMap<String, Long> positions(long tokenized, long control, long reports) {
        SortedMap<String, Long> positions = new TreeMap<>();
        positions.put(InputPositions.TOKENIZED, tokenized);
        positions.put(InputPositions.CONTROL, control);
        positions.put(REPORTS, reports);
        return positions;
    }

    private static Moment at(long millis) {
        return new Moment(millis, 1_000_000 + millis);
    }

    private static Decision nothing(String reason) {
        return new Decision(List.of(), List.of(), List.of(), List.of(), List.of(), reason);
    }

    private static Decision records(JournalRecord... records) {
        return new Decision(
                List.of(records), List.of(), List.of(), List.of(), List.of(), "records");
    }

    private static Polled polled(SortedMap<String, Long> positions, ReadInput... inputs) {
        return new Polled(List.of(inputs), positions, false);
    }

    private static ReadInput report(long offset) {
        return new ReadInput(REPORTS, offset, HEARTBEAT);
    }

    private static ReadInput control(long offset, Control control) {
        return new ReadInput(InputPositions.CONTROL, offset, new Input.Asked(control));
    }

    private Transaction write(Turn turn) {
        Transaction transaction = turn.transaction().orElseThrow();
        journal.addAll(transaction.records());
        driver.committed(transaction);
        return transaction;
    }

    private static SortedMap<String, Long> journaled(Transaction transaction) {
        return ((JournalRecord.InputsRead) transaction.records().getLast()).nextOffsets();
    }

    @Test
    void whereNothingIsReadAndNoTickIsDueThereIsNoTurn() {
        assertThat(driver.turn(polled(positions(0, 0, 0)), at(199))).isEqualTo(Turn.NOTHING);
        assertThat(decided).isEmpty();
        driver.turn(polled(positions(0, 0, 0)), at(200));
        assertThat(decided).containsExactly(List.of(new Input.Tick()));
        driver.turn(polled(positions(0, 0, 0)), at(399));
        assertThat(decided).hasSize(1);
    }

    @Test
    void ticksFollowTheClockThatNeverJumps() {
        driver.turn(polled(positions(0, 0, 0)), new Moment(250, -50_000));
        assertThat(decided).containsExactly(List.of(new Input.Tick()));
    }

    @Test
    void aDecisionIsWrittenWithThePositionsAndAppliedWhenItIsCommitted() {
        decision = inputs -> records(PAUSED);
        Turn turn = driver.turn(polled(positions(4, 0, 1), report(0)), at(1));
        assertThat(turn.reason()).isEqualTo("records");
        assertThat(state.status().paused()).isFalse();
        Transaction transaction = write(turn);
        assertThat(transaction.records().getFirst()).isEqualTo(PAUSED);
        assertThat(journaled(transaction))
                .containsEntry(REPORTS, 1L)
                .containsEntry(InputPositions.TOKENIZED, 4L);
        assertThat(state.status().paused()).isTrue();
        assertThat(state.nextOffsets()).isEqualTo(journaled(transaction));
    }

    @Test
    void inputsThatLeadToNothingAreJournaledWhenTheyAreMany() {
        for (int i = 0; i < 3; i++) {
            Turn turn = driver.turn(polled(positions(0, 0, i + 1), report(i)), at(1));
            assertThat(turn.transaction()).isEmpty();
        }
        Transaction transaction = write(driver.turn(polled(positions(0, 0, 4), report(3)), at(1)));
        assertThat(transaction.records()).hasSize(1);
        assertThat(journaled(transaction)).containsEntry(REPORTS, 4L);
        assertThat(driver.turn(polled(positions(0, 0, 5), report(4)), at(1)).transaction())
                .isEmpty();
    }

    @Test
    void whatCouldNotBeUnderstoodIsPutAsideInATransaction() {
        Turn turn = driver.turn(new Polled(List.of(), positions(0, 1, 0), true), at(1));
        assertThat(journaled(write(turn))).containsEntry(InputPositions.CONTROL, 1L);
    }

    @Test
    void theMovesComeInACircle() {
        decision = inputs -> records(PAUSED);
        Transaction other = Transaction.ofRecord(PAUSED);
        assertThatIllegalStateException().isThrownBy(() -> driver.committed(other));
        Polled polled = polled(positions(0, 0, 1), report(0));
        Transaction transaction = driver.turn(polled, at(1)).transaction().orElseThrow();
        assertThatIllegalStateException().isThrownBy(() -> driver.turn(polled, at(2)));
        assertThatIllegalStateException().isThrownBy(() -> driver.dueSnapshot(record -> 1));
        assertThatIllegalStateException().isThrownBy(() -> driver.committed(other));
        driver.committed(transaction);
        assertThatIllegalStateException().isThrownBy(() -> driver.committed(transaction));
    }

    @Test
    void positionsDoNotGoBackAndInputsLieBeforeThem() {
        driver.turn(polled(positions(0, 0, 2), report(0), report(1)), at(1));
        assertThatIllegalStateException()
                .isThrownBy(() -> driver.turn(polled(positions(0, 0, 1)), at(1)))
                .withMessageContaining("reports-0 was 2 and is 1");
        assertThatIllegalStateException()
                .isThrownBy(() -> driver.turn(polled(positions(0, 0, 3), report(3)), at(1)))
                .withMessageContaining("not before the position");
        SortedMap<String, Long> unknown = new TreeMap<>();
        unknown.put("reports-9", 1L);
        assertThatIllegalStateException()
                .isThrownBy(() -> driver.turn(polled(unknown), at(1)))
                .withMessageContaining("reports-9");
    }

    @Test
    void beginningsAndEndsAreOfTheSamePartitions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StartOffsets(positions(0, 0, 0), new TreeMap<>()));
    }

    @Test
    void whatWasDeletedUnreadIsTakenFirstAndSkipped() {
        state.apply(new JournalRecord.InputsRead(positions(9, 3, 2)));
        driver = driver(LIMITS, start(5, 10));
        assertThat(driver.positions()).isEqualTo(positions(9, 5, 5));
        driver.turn(polled(positions(9, 5, 6), report(5)), at(1));
        assertThat(decided)
                .containsExactly(List.of(
                        new Input.InputsDeleted(InputPositions.CONTROL, 3, 5),
                        new Input.InputsDeleted(REPORTS, 2, 5),
                        HEARTBEAT));
    }

    @Test
    void aFinishIsHeldWithItsPositionAndOthersPassIt() {
        decision = inputs -> records(PAUSED);
        assertThat(driver.turn(polled(positions(0, 1, 0), control(0, FINISH)), at(1)))
                .isEqualTo(Turn.NOTHING);
        Transaction transaction =
                write(driver.turn(polled(positions(0, 2, 0), control(1, PAUSE)), at(1)));
        assertThat(decided).containsExactly(List.of(new Input.Asked(PAUSE)));
        assertThat(journaled(transaction))
                .containsEntry(InputPositions.CONTROL, 0L)
                .containsEntry(InputPositions.CONTROL_PASSED, 2L);
    }

    @Test
    void whatPassedAHeldFinishIsNotTakenAgainAfterARestartButTheFinishIs() {
        aFinishIsHeldWithItsPositionAndOthersPassIt();
        decided.clear();
        driver = driver(LIMITS, start(0, 2));
        assertThat(driver.positions()).containsEntry(InputPositions.CONTROL, 0L);
        driver.turn(polled(positions(0, 2, 0), control(0, FINISH), control(1, PAUSE)), at(1));
        assertThat(decided).isEmpty();
        assertThat(driver.finish().isHolding()).isTrue();
        driver.turn(polled(positions(0, 3, 0), control(2, PAUSE)), at(1));
        assertThat(decided).containsExactly(List.of(new Input.Asked(PAUSE)));
    }

    /** The topic keeps its records for a week, and an epoch may take longer. */
    @Test
    void aFinishIsHeldThoughItsRecordWasDeleted() {
        aFinishIsHeldWithItsPositionAndOthersPassIt();
        decided.clear();
        SortedMap<String, Long> before = positions(0, 0, 0);
        before.put(InputPositions.CONTROL_PASSED, 2L);
        state.apply(new JournalRecord.InputsRead(before));
        driver = driver(LIMITS, new StartOffsets(positions(0, 5, 0), positions(0, 5, 0)));
        assertThat(driver.finish().isHolding()).isTrue();
        Transaction transaction =
                write(driver.turn(polled(positions(0, 6, 0), control(5, PAUSE)), at(1)));
        assertThat(decided)
                .containsExactly(List.of(
                        new Input.InputsDeleted(InputPositions.CONTROL, 2, 5),
                        new Input.Asked(PAUSE)));
        assertThat(journaled(transaction))
                .containsEntry(InputPositions.CONTROL, 0L)
                .containsEntry(InputPositions.CONTROL_PASSED, 6L);
    }

    @Test
    void aFinishPassesAfterTheInputsOfItsTurnAndThenItsPositionDoesToo() {
        driver.turn(polled(positions(0, 1, 0), control(0, FINISH)), at(1));
        for (long offset : List.of(4L, 4L, 2L)) {
            assertThat(driver.finish().question(0)).isPresent();
            driver.finish().answer(new TreeMap<>(Map.of(0, offset)));
        }
        assertThat(driver.turn(polled(positions(1, 1, 0)), at(1))).isEqualTo(Turn.NOTHING);
        decision = inputs -> records(PAUSED);
        Transaction transaction = write(driver.turn(polled(positions(2, 1, 1), report(0)), at(1)));
        assertThat(decided).containsExactly(List.of(HEARTBEAT, new Input.Asked(FINISH)));
        assertThat(journaled(transaction)).containsEntry(InputPositions.CONTROL, 1L);
    }

    @Test
    void beatsComeAtOnceAndThenAtTheirInterval() {
        assertThat(driver.dueBeat(at(0))).isEqualTo(OptionalLong.of(0));
        assertThat(driver.dueBeat(at(499))).isEmpty();
        assertThat(driver.dueBeat(at(500))).isEqualTo(OptionalLong.of(1));
        assertThat(driver.dueBeat(at(2_000))).isEqualTo(OptionalLong.of(2));
        assertThat(driver.dueBeat(at(2_499))).isEmpty();
    }

    @Test
    void aSnapshotIsDueAfterSoManyRecordsAndIsWrittenByItself() {
        toggle(2);
        assertThat(driver.dueSnapshot(record -> 1)).isEqualTo(new DueSnapshot.None());
        toggle(1);
        DueSnapshot.Write due = (DueSnapshot.Write) driver.dueSnapshot(record -> 1);
        assertThat(due.transaction().records()).containsExactly(state.snapshot());
        driver.committed(due.transaction());
        assertThat(driver.dueSnapshot(record -> 1)).isEqualTo(new DueSnapshot.None());
        toggle(3);
        assertThat(driver.dueSnapshot(record -> 1)).isInstanceOf(DueSnapshot.Write.class);
    }

    @Test
    void aSnapshotThatIsTooLargeIsTriedAgainAfterTwiceAsManyRecordsUpToABound() {
        int tooLarge = LIMITS.snapshots().maxBytes() + 1;
        for (int turns : List.of(3, 5, 10, 10)) {
            toggle(turns - 1);
            assertThat(driver.dueSnapshot(record -> tooLarge)).isEqualTo(new DueSnapshot.None());
            toggle(1);
            assertThat(driver.dueSnapshot(record -> tooLarge))
                    .isEqualTo(new DueSnapshot.TooLarge(tooLarge, tooLarge - 1));
        }
        toggle(10);
        DueSnapshot.Write due = (DueSnapshot.Write) driver.dueSnapshot(record -> tooLarge - 1);
        driver.committed(due.transaction());
        toggle(3);
        assertThat(driver.dueSnapshot(record -> 1)).isInstanceOf(DueSnapshot.Write.class);
    }

    /** Each turn journals two records. */
    private void toggle(int turns) {
        decision = inputs -> records(state.status().paused() ? RESUMED : PAUSED);
        for (int i = 0; i < turns; i++) {
            long reports = driver.positions().get(REPORTS);
            write(driver.turn(polled(positions(0, 0, reports + 1), report(reports)), at(1)));
        }
    }

    @Test
    void aReplayOfWhatWasWrittenIsTheState() {
        toggle(4);
        DueSnapshot.Write due = (DueSnapshot.Write) driver.dueSnapshot(record -> 1);
        driver.committed(due.transaction());
        toggle(3);
        PlannerState replayed = created();
        journal.forEach(replayed::apply);
        assertThat(replayed).isEqualTo(state);
    }

    @Test
    void commandsTravelOnTheLaneThatTheirWorkerHasOrIsGiven() {
        WorkerDevice device = new WorkerDevice("cpu", "test", "fp32", 0);
        state.apply(new JournalRecord.WorkerAdmitted("old", "old-1", 7, 1, device));
        Command toOld = new Command.Contribute("old", 1, 1, 0, List.of());
        Command toNew = new Command.Contribute("new", 2, 2, 0, List.of());
        Command toAll = new Command.FinishRun("test");
        decision = inputs -> new Decision(
                List.of(new JournalRecord.WorkerAdmitted("new", "new-1", 9, 2, device)),
                List.of(toOld, toNew, toAll),
                List.of(),
                List.of(),
                List.of(),
                "");
        Transaction transaction = write(driver.turn(polled(positions(0, 0, 1), report(0)), at(1)));
        assertThat(transaction.commands())
                .containsExactly(
                        new LaneCommand(7, toOld),
                        new LaneCommand(9, toNew),
                        new LaneCommand(0, toAll));
    }

    @Test
    void anEmptyJournalBeginsWithTheRunAndAnotherRunIsRefused() {
        assertThat(PlannerDriver.creation(PlannerState.empty(), state.run()))
                .contains(new JournalRecord.RunCreated(state.run()));
        assertThat(PlannerDriver.creation(state, state.run())).isEmpty();
        PlannerState other = new TestPlanner(TestPlanner.stepsOf(3), 1).state;
        assertThatIllegalStateException()
                .isThrownBy(() -> PlannerDriver.creation(state, other.run()))
                .withMessageContaining("other settings");
    }

    @Test
    void noLeaseExpiresBeforeTheInputsAreReadToTheirEndsAtTheStart() {
        List<Boolean> mayExpire = new ArrayList<>();
        WorkerDevice device = new WorkerDevice("cpu", "test", "fp32", 0);
        state.apply(new JournalRecord.WorkerAdmitted("a", "a-1", 1, 1, device));
        Decider decider = (before, liveness, inputs, nowMillis) -> {
            mayExpire.add(
                    !liveness.expired(before.fleet().workers(), Duration.ZERO, nowMillis + 10_000)
                            .isEmpty());
            return nothing("");
        };
        driver = new PlannerDriver(
                new PlannerDriver.Folded(state, 0), decider, LIMITS, start(0, 2), at(0));
        driver.turn(polled(positions(2, 2, 1)), at(200));
        driver.turn(polled(positions(2, 2, 2)), at(400));
        driver.turn(polled(positions(2, 2, 2)), at(600));
        assertThat(mayExpire).containsExactly(false, false, true);
    }

    @Test
    void theDefaultsAreThese() {
        assertThat(DriverLimits.of(Duration.ofSeconds(10)))
                .isEqualTo(new DriverLimits(
                        2_000,
                        Duration.ofMillis(250),
                        Duration.ofMillis(500),
                        Duration.ofMillis(100),
                        new SnapshotLimits(2_000, 128_000, 921_600)));
        assertThat(DriverLimits.of(Duration.ofSeconds(1)).tick()).isEqualTo(Duration.ofMillis(100));
    }
}
