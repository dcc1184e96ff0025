package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.Planner;
import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.liveness.Liveness;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * One process around the real planner: reads inputs in any interleaving, commits whole
 * transactions, as PlannerShell does. Inputs that follow into nothing are not journaled, and are
 * read again after a restart.
 */
final class SimPlanner {
    private static final String TOKENIZED = "tokenized-0";
    private static final String CONTROL = "control-0";
    private static final long TICK_MILLIS = SimWorld.LEASE.toMillis() / 10;
    private static final int MAX_UNJOURNALED_INPUTS = 30;
    private static final int RECORDS_PER_SNAPSHOT = 100;

    private final SimWorld world;
    private final SplittableRandom random;
    /** So few that checkpoints expire. */
    private static final int MAX_UNDOABLE_SAMPLES = 15;

    private final Planner planner = new Planner(new SimPeaks(), MAX_UNDOABLE_SAMPLES);
    private final PlantedDecisions planted;
    private final PlannerState state;
    private final long epoch;
    private final SortedMap<String, Long> positions;
    private final SortedMap<String, Long> endsAtStart = new TreeMap<>();
    private Liveness liveness = Liveness.resuming();
    private boolean caughtUp;
    private int unjournaledInputs;
    private int sinceSnapshot;
    private long tickedMillis;
    private boolean ended;

    /** Fences its predecessor, then folds the journal: in each of two ways, which must agree. */
    SimPlanner(SimWorld world, SplittableRandom random) {
        this.world = world;
        this.random = random;
        this.planted = new PlantedDecisions(world);
        this.epoch = ++world.kafka.plannerEpoch;
        this.tickedMillis = world.nowMillis;
        List<JournalRecord> journal = world.kafka.journal;
        if (journal.isEmpty()) {
            journal.add(new JournalRecord.RunCreated(world.run));
        }
        this.state = replay(journal);
        int snapshot = lastSnapshot(journal);
        assertThat(replay(journal.subList(snapshot, journal.size())))
                .as("replay from the snapshot at %d", snapshot)
                .isEqualTo(state);
        this.positions = new TreeMap<>(state.nextOffsets());
        for (int partition = 0; partition < SimKafka.REPORT_PARTITIONS; partition++) {
            endsAtStart.put("reports-" + partition, (long)
                    world.kafka.reports.get(partition).size());
        }
    }

    PlannerState state() {
        return state;
    }

    boolean ended() {
        return ended;
    }

    void act() {
        if (!world.brokerIsUp()) {
            return;
        }
        List<Input> inputs = poll();
        if (world.nowMillis - tickedMillis >= TICK_MILLIS) {
            tickedMillis = world.nowMillis;
            if (world.plant != Plant.NO_LEASE_EXPIRES) {
                inputs.add(new Input.Tick());
            }
        }
        if (inputs.isEmpty()) {
            return;
        }
        liveness = liveness.observe(state, inputs, world.clockMillis());
        Decision decision = planner.decide(state, liveness, inputs, world.clockMillis());
        unjournaledInputs += inputs.size();
        if (!decision.isEmpty() || unjournaledInputs > MAX_UNJOURNALED_INPUTS) {
            commit(planted.rewritten(state, decision));
        }
        boolean atEnds = endsAtStart.entrySet().stream()
                .allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
        if (!caughtUp && atEnds) {
            caughtUp = true;
            liveness = liveness.caughtUp(world.clockMillis());
        }
    }

    private void commit(Decision decision) {
        if (epoch != world.kafka.plannerEpoch && world.plant != Plant.UNFENCED_COORDINATOR) {
            world.timeline.note(() -> "a planner that was replaced is fenced");
            ended = true;
            return;
        }
        JournalRecord read = new JournalRecord.InputsRead(new TreeMap<>(positions));
        List<JournalRecord> records = new ArrayList<>(decision.records());
        if (world.plant == Plant.OFFSETS_BEFORE_JOURNAL) {
            journal(List.of(read));
        }
        records.add(read);
        // without commands it would be no other than a death before it
        if (!decision.commands().isEmpty()
                && world.faults.strikes(FaultKind.PLANNER_TRANSACTION_ABORTS)) {
            ended = true;
            if (world.plant == Plant.TORN_TRANSACTION) {
                decision.commands().forEach(this::send);
            }
            return;
        }
        journal(records);
        decision.commands().forEach(this::send);
        world.kafka.rejected.addAll(decision.rejections());
        world.kafka.steps.addAll(decision.steps());
        if (world.faults.strikes(FaultKind.PLANNER_COMMIT_IS_AMBIGUOUS)) {
            ended = true;
            return;
        }
        records.forEach(state::apply);
        unjournaledInputs = 0;
        SimInvariants.check(state, world);
        sinceSnapshot += records.size();
        if (sinceSnapshot > RECORDS_PER_SNAPSHOT) {
            sinceSnapshot = 0;
            journal(List.of(state.snapshot()));
        }
    }

    private void journal(List<JournalRecord> records) {
        for (JournalRecord record : records) {
            if (!(record instanceof JournalRecord.InputsRead)
                    && !(record instanceof JournalRecord.SnapshotTaken)) {
                world.timeline.note(() -> "journal: " + record);
            }
            world.kafka.journal.add(record);
            world.truth.journaled(record);
        }
    }

    private void send(Command command) {
        int lane = command instanceof Command.Laned laned
                ? state.fleet().member(laned.workerId()).map(Worker::lane).orElse(0)
                : 0;
        world.kafka.command(command, lane);
    }

    private List<Input> poll() {
        List<Input> inputs = new ArrayList<>();
        int most = 1 + random.nextInt(4);
        for (int i = 0; i < most; i++) {
            switch (random.nextInt(8)) {
                case 0 -> pollTokenized(inputs);
                case 1 -> pollControl(inputs);
                default -> pollReports(inputs, random.nextInt(SimKafka.REPORT_PARTITIONS));
            }
        }
        return inputs;
    }

    private void pollTokenized(List<Input> inputs) {
        long at = positions.getOrDefault(TOKENIZED, 0L);
        if (at < world.kafka.tokenized.size() && state.wantsSamples()) {
            inputs.add(world.kafka.tokenized.get((int) at));
            positions.put(TOKENIZED, at + 1);
        }
    }

    /** Nothing is asked that must wait until everything submitted is read, but a Finish. */
    private void pollControl(List<Input> inputs) {
        long at = positions.getOrDefault(CONTROL, 0L);
        boolean allRead = world.intake.isIngested()
                && positions.getOrDefault(TOKENIZED, 0L) == world.kafka.tokenized.size();
        if (at < world.kafka.controls.size() && (allRead || !world.calm)) {
            inputs.add(new Input.Asked(world.kafka.controls.get((int) at)));
            positions.put(CONTROL, at + 1);
        }
    }

    private void pollReports(List<Input> inputs, int partition) {
        String name = "reports-" + partition;
        long at = positions.getOrDefault(name, 0L);
        if (at < world.kafka.reports.get(partition).size()) {
            Report report = world.kafka.reports.get(partition).get((int) at);
            planted.heard(state, report);
            PlantedReports.believed(world.plant, state, report)
                    .forEach(is -> inputs.add(new Input.Reported(is)));
            positions.put(name, at + 1);
        }
    }

    private static int lastSnapshot(List<JournalRecord> journal) {
        for (int at = journal.size() - 1; at > 0; at--) {
            if (journal.get(at) instanceof JournalRecord.SnapshotTaken) {
                return at;
            }
        }
        return 0;
    }

    static PlannerState replay(List<JournalRecord> journal) {
        PlannerState state = PlannerState.empty();
        journal.forEach(state::apply);
        return state;
    }
}
