package dev.plimsoll.coordinator.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.Planner;
import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.liveness.Liveness;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.EvaluationSettings;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.FoldSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** A planner with its shell's duties done by hand, and everything it said kept. */
public final class TestPlanner {
    public static final String HASH = "cafe";
    public static final int TOKENS = 10;
    public static final int LOSS_TOKENS = 6;
    public static final TrainMeasures MEASURES = new TrainMeasures(TOKENS, 0, 1, 1);
    private static final WorkerDevice DEVICE = new WorkerDevice("cpu", "test", "fp32", 0);

    public final Planner core;
    public final PlannerState state = PlannerState.empty();
    public final List<JournalRecord> journal = new ArrayList<>();
    public final List<Command> commands = new ArrayList<>();
    public Liveness liveness = Liveness.resuming().caughtUp(0);
    public long nowMillis = 1_000;
    private final int shards;
    private long nextOrdinal;

    public TestPlanner(StepSettings steps, int shards) {
        this(steps, shards, 100);
    }

    public TestPlanner(StepSettings steps, int shards, int maxMicroBatchTokens) {
        this(steps, shards, maxMicroBatchTokens, 1);
    }

    public TestPlanner(
            StepSettings steps, int shards, int maxMicroBatchTokens, double maxGradientNorm) {
        this(steps, shards, maxMicroBatchTokens, maxGradientNorm, EvaluationSettings.NEVER);
    }

    public TestPlanner(
            StepSettings steps,
            int shards,
            int maxMicroBatchTokens,
            double maxGradientNorm,
            EvaluationSettings evaluation) {
        this(
                LinearPeaks.OF_FOUR_LAYERS,
                steps,
                new FleetSettings(shards, maxMicroBatchTokens, 200, Duration.ofSeconds(10)),
                maxGradientNorm,
                evaluation);
    }

    /** For sequences of up to 65,536 tokens. */
    public TestPlanner(PeakModel peaks, StepSettings steps) {
        this(
                peaks,
                steps,
                new FleetSettings(1, 1 << 16, 1 << 16, Duration.ofSeconds(10)),
                1,
                EvaluationSettings.NEVER);
    }

    private TestPlanner(
            PeakModel peaks,
            StepSettings steps,
            FleetSettings fleet,
            double maxGradientNorm,
            EvaluationSettings evaluation) {
        this.core = new Planner(peaks);
        this.shards = fleet.shards();
        OptimizerSettings optimizer = new OptimizerSettings(
                new LearningRate(0.1, LearningRate.Schedule.CONSTANT, 2, 0),
                0.9,
                0.999,
                1e-8,
                0,
                maxGradientNorm);
        write(new JournalRecord.RunCreated(new RunSettings(
                "test",
                new RunSettings.ModelIdentity("tiny", HASH, 100),
                new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ)),
                steps,
                optimizer,
                fleet,
                FoldSettings.OLD,
                RunStart.SEEDED,
                evaluation)));
    }

    public static TestPlanner ofSamplesPerStep(int samples) {
        return new TestPlanner(stepsOf(samples), 1);
    }

    public static StepSettings stepsOf(int samples) {
        return new StepSettings(samples, 0, Duration.ZERO, 0, 0);
    }

    public Decision feed(Input... inputs) {
        liveness = liveness.observe(state, List.of(inputs), nowMillis);
        Decision decision = core.decide(state, liveness, List.of(inputs), nowMillis);
        decision.records().forEach(this::write);
        commands.addAll(decision.commands());
        return decision;
    }

    public Decision report(Report report) {
        return feed(new Input.Reported(report));
    }

    public void write(JournalRecord record) {
        journal.add(record);
        state.apply(record);
    }

    /** Passes time, slowly enough that the planner is not taken to have been away. */
    public Decision pass(Duration time) {
        Decision last = null;
        for (long left = time.toMillis(); left > 0; left -= 1_000) {
            nowMillis += Math.min(left, 1_000);
            last = feed(new Input.Tick());
        }
        return last;
    }

    public Decision samples(int number) {
        return samples(IntStream.range(0, number).map(i -> TOKENS).toArray());
    }

    public Decision samples(int... tokens) {
        Input[] inputs = IntStream.of(tokens)
                .mapToObj(length -> sample(nextOrdinal++, length, Math.min(length, LOSS_TOKENS)))
                .toArray(Input[]::new);
        return feed(inputs);
    }

    public static Input.SampleArrived sample(long ordinal, int tokens, int lossTokens) {
        return new Input.SampleArrived(
                new SequenceRef(ordinal, tokens, lossTokens, 1),
                "s" + ordinal,
                new SampleOrigin(0, ordinal));
    }

    public Decision ask(Control control) {
        return feed(new Input.Asked(control));
    }

    public Decision join(String workerId, String incarnation) {
        return report(new Report.Joined(workerId, incarnation, HASH, DEVICE));
    }

    /** Joined, with that device, and not ready. */
    public Decision join(String workerId, WorkerDevice device) {
        return report(new Report.Joined(workerId, workerId + "-1", HASH, device));
    }

    /**
     * A device with several cards.
     *
     * @param layers of each card
     */
    public static WorkerDevice wide(int... layers) {
        List<WorkerCard> cards = new ArrayList<>();
        int first = 0;
        for (int card = 0; card < layers.length; card++) {
            cards.add(new WorkerCard(
                    card, "test", 0, first, layers[card], card == 0, card == layers.length - 1));
            first += layers[card];
        }
        return new WorkerDevice("cpu", layers.length + " cards", "fp32", 0, cards);
    }

    public Decision joinWithModel(String workerId, String modelHash) {
        return report(new Report.Joined(workerId, workerId + "-1", modelHash, DEVICE));
    }

    /** Joined, admitted and ready. */
    public TestPlanner worker(String workerId) {
        join(workerId, workerId + "-1");
        ready(workerId);
        return this;
    }

    public Decision ready(String workerId) {
        return report(new Report.Ready(workerId, generation(workerId), 0));
    }

    public long generation(String workerId) {
        return state.fleet().worker(workerId).orElseThrow().generation();
    }

    public OpenStep step() {
        return state.open().orElseThrow();
    }

    /** The step that is to be committed next. */
    public StepWork oldest() {
        return state.oldest().orElseThrow();
    }

    public List<LedgerEntry> underWay(String workerId) {
        return state.ledger().with(LedgerEntry.Status.DISPATCHED).stream()
                .filter(entry -> entry.workerId().equals(workerId))
                .toList();
    }

    public static Report.MicroBatchTrained trained(LedgerEntry entry) {
        return new Report.MicroBatchTrained(
                entry.workerId(),
                entry.generation(),
                entry.attempt(),
                entry.lossTokens(),
                entry.lossTokens(),
                MEASURES);
    }

    public static Report.MicroBatchFailed failed(LedgerEntry entry, FailureReason reason) {
        long wanted = reason == FailureReason.OUT_OF_MEMORY ? 7_000 : 0;
        return new Report.MicroBatchFailed(
                entry.workerId(), entry.generation(), entry.attempt(), reason, "test", wanted);
    }

    /** Every micro-batch is trained as soon as it is dispatched. */
    public TestPlanner trainAll() {
        List<LedgerEntry> underWay = state.ledger().with(LedgerEntry.Status.DISPATCHED);
        while (!underWay.isEmpty()) {
            underWay.forEach(entry -> report(trained(entry)));
            underWay = state.ledger().with(LedgerEntry.Status.DISPATCHED);
        }
        return this;
    }

    public <C extends Command> List<C> commands(Class<C> type) {
        return commands.stream().filter(type::isInstance).map(type::cast).toList();
    }

    public <C extends Command> C last(Class<C> type) {
        return commands(type).getLast();
    }

    public <R extends JournalRecord> List<R> records(Class<R> type) {
        return journal.stream().filter(type::isInstance).map(type::cast).toList();
    }

    public Report.Contributed contributed(Command.Contribute asked) {
        return new Report.Contributed(
                asked.workerId(),
                asked.generation(),
                asked.contribution(),
                asked.step(),
                asked.attempts(),
                spans());
    }

    public List<ChunkSpan> spans() {
        return IntStream.range(0, shards)
                .mapToObj(shard -> new ChunkSpan(shard, 0, 1))
                .toList();
    }

    /** Everything asked for is contributed: the step is summed. */
    public TestPlanner contributeAll() {
        trainAll();
        commands(Command.Contribute.class).stream()
                .filter(asked -> state.withContribution(asked.contribution())
                        .flatMap(work -> work.contributions().asked(asked.contribution()))
                        .isPresent())
                .forEach(asked -> report(contributed(asked)));
        return this;
    }

    /** Of the oldest step. */
    public Report.ShardSummed summed(int shard, double squaredNorm) {
        List<Long> contributions = oldest().contributions().accepted().stream()
                .map(ref -> ref.contribution())
                .toList();
        Optional<ChunkSpan> published = contributions.size() == 1
                ? Optional.empty()
                : Optional.of(new ChunkSpan(shard, 5, 7));
        return new Report.ShardSummed(
                shard, oldest().step().step(), contributions, squaredNorm, published);
    }

    /** Everything is trained and contributed, and the oldest step is committed. */
    public Decision sumAll(double squaredNorm) {
        contributeAll();
        List<Report> reports = IntStream.range(0, shards)
                .mapToObj(shard -> (Report) summed(shard, squaredNorm))
                .toList();
        Decision last = null;
        for (Report report : reports) {
            last = report(report);
        }
        return last;
    }

    /** The newest state that was asked for. */
    public Report.StateSaved saved(int shard) {
        return new Report.StateSaved(
                shard, state.versions().asked(), new StatePlace(shard, 10, 20));
    }

    /** Every state that was asked for is written. */
    public TestPlanner saveAll() {
        for (int shard = 0; shard < shards; shard++) {
            if (state.versions().saved(shard) < state.versions().asked()) {
                report(saved(shard));
            }
        }
        return this;
    }

    /** As {@link #sumAll}, and what is asked for is written. */
    public Decision commit() {
        Decision committed = sumAll(1);
        saveAll();
        return committed;
    }

    public static Attempt attempt(long attempt, long step) {
        return new Attempt(attempt, step);
    }

    /** The state is the fold of the journal, from its start and from a snapshot at any place. */
    public void requireReplays() {
        assertThat(replay(journal)).isEqualTo(state);
        int middle = journal.size() / 2;
        List<JournalRecord> fromSnapshot = new ArrayList<>();
        if (middle > 0) {
            fromSnapshot.add(replay(journal.subList(0, middle)).snapshot());
        }
        fromSnapshot.addAll(journal.subList(middle, journal.size()));
        assertThat(replay(fromSnapshot)).isEqualTo(state);
        assertThat(PlannerState.fromJson(state.toJson())).isEqualTo(state);
    }

    public static PlannerState replay(List<JournalRecord> journal) {
        PlannerState state = PlannerState.empty();
        journal.forEach(state::apply);
        return state;
    }
}
