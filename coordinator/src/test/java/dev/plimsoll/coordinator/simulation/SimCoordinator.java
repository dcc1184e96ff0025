package dev.plimsoll.coordinator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.Decision;
import dev.plimsoll.coordinator.planner.Input;
import dev.plimsoll.coordinator.planner.Liveness;
import dev.plimsoll.coordinator.planner.Planner;
import dev.plimsoll.coordinator.planner.PlannerState;
import dev.plimsoll.coordinator.planner.Worker;
import dev.plimsoll.coordinator.testkit.LinearPeaks;
import dev.plimsoll.wire.Command;
import dev.plimsoll.wire.JournalRecord;
import dev.plimsoll.wire.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The shell around the real planner: reads inputs in any interleaving, commits whole transactions, dies anywhere. */
final class SimCoordinator {
    private static final String TOKENIZED = "tokenized-0";
    private static final String CONTROL = "control-0";

    private final SimWorld world;
    private final Planner planner = new Planner(LinearPeaks.OF_FOUR_LAYERS);
    private PlannerState state;
    private Liveness liveness;
    private SortedMap<String, Long> endsAtStart;
    private boolean alive;
    private final SimZombies zombies = new SimZombies();

    SimCoordinator(SimWorld world) {
        this.world = world;
        world.kafka.journal.add(new JournalRecord.RunCreated(world.run));
        resume();
    }

    PlannerState state() {
        return state;
    }

    void act() {
        if (!alive) {
            if (world.calm || world.chance(0.1)) {
                resume();
            }
            return;
        }
        if (world.fault(0.003)) {
            alive = false;
            return;
        }
        SortedMap<String, Long> positions = new TreeMap<>(state.nextOffsets());
        List<Input> inputs = poll(positions);
        if (world.chance(0.3)) {
            inputs.add(new Input.Tick());
        }
        if (inputs.isEmpty()) {
            return;
        }
        liveness = liveness.observe(state, inputs, world.nowMillis);
        Decision decision = planner.decide(state, liveness, inputs, world.nowMillis);
        commit(decision, positions);
        boolean atEnds = endsAtStart.entrySet().stream()
                .allMatch(end -> state.nextOffsets().getOrDefault(end.getKey(), 0L) >= end.getValue());
        if (alive && endsAtStart.size() > 0 && atEnds) {
            liveness = liveness.caughtUp(world.nowMillis);
            endsAtStart = new TreeMap<>();
        }
    }

    private void commit(Decision decision, SortedMap<String, Long> positions) {
        if (world.fault(0.004)) {
            alive = false;
            if (world.plant == Plant.TORN_TRANSACTION) {
                decision.commands().forEach(this::send);
            }
            return;
        }
        List<JournalRecord> records = new ArrayList<>(decision.records());
        records.add(new JournalRecord.InputsRead(positions));
        records.forEach(this::journal);
        decision.commands().forEach(this::send);
        world.kafka.rejected.addAll(decision.rejections());
        world.kafka.steps.addAll(decision.steps());
        if (world.fault(0.004)) {
            alive = false;
            return;
        }
        records.forEach(state::apply);
        SimInvariants.check(state, world);
        if (world.chance(0.01)) {
            journal(state.snapshot());
        }
    }

    private void journal(JournalRecord record) {
        world.kafka.journal.add(record);
        world.truth.journaled(record);
    }

    private void send(Command decided) {
        Command command = world.plant == Plant.ZOMBIES_COUNT ? zombies.join(decided) : decided;
        int lane = command instanceof Command.Laned laned
                ? state.fleet().member(laned.workerId()).map(Worker::lane).orElse(0)
                : 0;
        world.kafka.command(command, lane);
    }

    private List<Input> poll(SortedMap<String, Long> positions) {
        List<Input> inputs = new ArrayList<>();
        int most = 1 + world.random.nextInt(4);
        for (int i = 0; i < most; i++) {
            switch (world.random.nextInt(6)) {
                case 0 -> pollTokenized(inputs, positions);
                case 1 -> pollControl(inputs, positions);
                default -> pollReports(inputs, positions, world.random.nextInt(SimKafka.REPORT_PARTITIONS));
            }
        }
        return inputs;
    }

    private void pollTokenized(List<Input> inputs, SortedMap<String, Long> positions) {
        long at = positions.getOrDefault(TOKENIZED, 0L);
        if (at < world.kafka.tokenized.size() && state.wantsSamples()) {
            inputs.add(world.kafka.tokenized.get((int) at));
            positions.put(TOKENIZED, at + 1);
        }
    }

    /** A Finish waits until everything submitted is read. */
    private void pollControl(List<Input> inputs, SortedMap<String, Long> positions) {
        long at = positions.getOrDefault(CONTROL, 0L);
        boolean allRead = positions.getOrDefault(TOKENIZED, 0L) == world.kafka.tokenized.size();
        if (at < world.kafka.controls.size() && allRead) {
            inputs.add(new Input.Asked(world.kafka.controls.get((int) at)));
            positions.put(CONTROL, at + 1);
        }
    }

    private void pollReports(List<Input> inputs, SortedMap<String, Long> positions, int partition) {
        String name = "reports-" + partition;
        long at = positions.getOrDefault(name, 0L);
        if (at < world.kafka.reports.get(partition).size()) {
            inputs.add(new Input.Reported(
                    believed(world.kafka.reports.get(partition).get((int) at))));
            positions.put(name, at + 1);
        }
    }

    private Report believed(Report report) {
        return switch (world.plant) {
            case NONE, APPLIES_TWICE, TORN_TRANSACTION, UNFENCED_COORDINATOR -> report;
            case NO_GENERATION_CHECK -> SimGullible.currentGeneration(state, report);
            case NO_LEDGER_EQUALITY, SUM_OUTLIVES_GENERATION -> SimGullible.askedAttempts(state, report);
            case ZOMBIES_COUNT -> SimGullible.namedContributions(state, zombies.remember(state, report));
        };
    }

    /** Rebuilds the state from the journal, in one of the two ways that must agree. */
    private void resume() {
        PlannerState before = state;
        state = replay(world.kafka.journal);
        int snapshot = lastSnapshot();
        assertThat(replay(world.kafka.journal.subList(snapshot, world.kafka.journal.size())))
                .as("replay from the snapshot at %d", snapshot)
                .isEqualTo(state);
        if (world.plant == Plant.UNFENCED_COORDINATOR && before != null) {
            SortedMap<String, Long> positions = new TreeMap<>(before.nextOffsets());
            PlannerState successor = state;
            state = before;
            List<Input> inputs = poll(positions);
            Decision late = planner.decide(before, liveness, inputs, world.nowMillis);
            late.records().forEach(this::journal);
            late.commands().forEach(this::send);
            state = successor;
            late.records().forEach(state::apply);
        }
        liveness = Liveness.resuming();
        endsAtStart = ends();
        alive = true;
    }

    private SortedMap<String, Long> ends() {
        SortedMap<String, Long> ends = new TreeMap<>();
        for (int partition = 0; partition < SimKafka.REPORT_PARTITIONS; partition++) {
            ends.put("reports-" + partition, (long)
                    world.kafka.reports.get(partition).size());
        }
        return ends;
    }

    private int lastSnapshot() {
        for (int at = world.kafka.journal.size() - 1; at > 0; at--) {
            if (world.kafka.journal.get(at) instanceof JournalRecord.SnapshotTaken) {
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
