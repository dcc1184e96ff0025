package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.Planner;
import dev.plimsoll.coordinator.planner.driver.DriverLimits;
import dev.plimsoll.coordinator.planner.driver.DueSnapshot;
import dev.plimsoll.coordinator.planner.driver.FinishQuestion;
import dev.plimsoll.coordinator.planner.driver.Moment;
import dev.plimsoll.coordinator.planner.driver.PlannerDriver;
import dev.plimsoll.coordinator.planner.driver.Replay;
import dev.plimsoll.coordinator.planner.driver.Transaction;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.wire.journal.JournalRecord;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One process around the real driver of the planner: reads inputs in any interleaving, and writes
 * whole transactions.
 */
final class SimPlanner {
    /** So few that checkpoints expire. */
    private static final int MAX_UNDOABLE_SAMPLES = 15;

    /** So few that positions are journaled without a decision, and that snapshots are written. */
    private static final DriverLimits LIMITS = new DriverLimits(
            30,
            SimWorld.LEASE.dividedBy(10),
            DriverLimits.BEAT,
            Duration.ofMillis(100),
            new DriverLimits.SnapshotLimits(100, 400, 24 * 1024));

    private final SimWorld world;
    private final PlantedDecisions planted;
    private final SimPlannerInputs inputs;
    private final PlannerDriver driver;
    private final long number;
    private boolean ended;

    /** Fences its predecessor, then folds the journal: in each of two ways, which must agree. */
    SimPlanner(SimWorld world, SplittableRandom random) {
        this.world = world;
        this.planted =
                new PlantedDecisions(world, new Planner(new SimPeaks(), MAX_UNDOABLE_SAMPLES));
        this.number = ++world.kafka.newestPlanner;
        List<JournalRecord> journal = world.kafka.journal;
        PlannerDriver.creation(replay(journal), world.run)
                .ifPresent(created -> world.kafka.journal(List.of(created)));
        PlannerDriver.Folded folded = fromLastSnapshot(world.kafka.facts());
        assertThat(folded.state())
                .as("replay of the last %d of %d records", folded.sinceSnapshot(), journal.size())
                .isEqualTo(replay(journal));
        this.driver = new PlannerDriver(
                folded, planted, LIMITS, SimPlannerInputs.startOffsets(world), now());
        this.inputs = new SimPlannerInputs(world, random, driver);
    }

    private Moment now() {
        return new Moment(world.nowMillis, world.clockMillis());
    }

    PlannerState state() {
        return driver.state();
    }

    boolean ended() {
        return ended;
    }

    void act() {
        if (!world.brokerIsUp()) {
            return;
        }
        if (driver.dueBeat(now()).isPresent() && isFenced()) {
            return;
        }
        answer();
        driver.turn(inputs.poll(planted), now()).transaction().ifPresent(this::commit);
    }

    private void answer() {
        Optional<FinishQuestion> question = driver.finish().question(world.nowMillis);
        while (question.isPresent()) {
            driver.finish().answer(PlantedDriving.offsets(world, question.orElseThrow()));
            question = driver.finish().question(world.nowMillis);
        }
    }

    /** Everything a planner writes goes through its transactional producer. */
    private boolean isFenced() {
        if (number != world.kafka.newestPlanner && world.plant != Plant.UNFENCED_COORDINATOR) {
            world.timeline.note(() -> "a planner that was replaced is fenced");
            ended = true;
        }
        return ended;
    }

    private void commit(Transaction transaction) {
        if (isFenced()) {
            return;
        }
        if (world.plant == Plant.OFFSETS_BEFORE_JOURNAL) {
            journal(List.of(transaction.records().getLast()));
        }
        // without commands it would be no other than a death before it
        if (!transaction.commands().isEmpty()
                && world.faults.strikes(FaultKind.PLANNER_TRANSACTION_ABORTS)) {
            if (world.plant == Plant.APPLIED_BEFORE_COMMITTED) {
                driver.committed(transaction);
                return;
            }
            ended = true;
            if (world.plant == Plant.TORN_TRANSACTION) {
                transaction.commands().forEach(this::send);
            }
            return;
        }
        SimCards.check(state(), transaction.records(), world);
        write(transaction);
        if (world.faults.strikes(FaultKind.PLANNER_COMMIT_IS_AMBIGUOUS)) {
            ended = true;
            return;
        }
        driver.committed(transaction);
        SimInvariants.check(state(), world);
        snapshot();
    }

    private void snapshot() {
        switch (driver.dueSnapshot(SimPlanner::bytes)) {
            case DueSnapshot.None none -> {}
            case DueSnapshot.Write(Transaction transaction) -> {
                write(PlantedDriving.snapshot(world.plant, transaction));
                driver.committed(transaction);
            }
            case DueSnapshot.TooLarge(int bytes, int maxBytes) ->
                world.timeline.note(() -> "no snapshot: " + bytes + " of " + maxBytes + " bytes");
        }
    }

    private static int bytes(JournalRecord record) {
        return ((JournalRecord.SnapshotTaken) record)
                .stateJson()
                .getBytes(StandardCharsets.UTF_8)
                .length;
    }

    private void write(Transaction transaction) {
        journal(transaction.records());
        transaction.commands().forEach(this::send);
        world.kafka.rejected.addAll(transaction.rejections());
        world.kafka.steps.addAll(transaction.steps());
        world.kafka.evaluations.addAll(transaction.evaluations());
    }

    private void journal(List<JournalRecord> records) {
        for (JournalRecord record : records) {
            if (!(record instanceof JournalRecord.InputsRead)
                    && !(record instanceof JournalRecord.SnapshotTaken)) {
                world.timeline.note(() -> "journal: " + record);
            }
            world.truth.journaled(record);
        }
        world.kafka.journal(records);
    }

    private void send(Transaction.LaneCommand command) {
        world.kafka.command(command.command(), command.lane());
    }

    private static PlannerDriver.Folded fromLastSnapshot(List<JournalRecord> journal) {
        Replay replay = new Replay();
        for (JournalRecord record : journal) {
            assertThat(replay.add(record)).as("why %s is passed over", record).isEmpty();
        }
        return replay.folded();
    }

    static PlannerState replay(List<JournalRecord> journal) {
        PlannerState state = PlannerState.empty();
        new ArrayList<>(journal).forEach(state::apply);
        return state;
    }
}
