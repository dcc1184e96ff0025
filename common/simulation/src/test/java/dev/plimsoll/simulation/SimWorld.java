package dev.plimsoll.simulation;

import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.FoldSettings;
import dev.plimsoll.wire.run.GradientDtype;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.run.StepSettings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** What all actors share: the clock, the topics, the faults, and the truth about the samples. */
final class SimWorld {
    static final Duration LEASE = Duration.ofSeconds(2);
    static final int MAX_TOKENS = 1_024;
    /** So that a contribution is several chunks in each shard. */
    private static final int CHUNK_VALUES = 15;

    private static final int[] STATE_MILLIS = {1, 100, 2_000, 8_000};
    private static final int[] STATE_EVERY = {1, 2, 3, 5, 10, 40};
    private static final int LONG = 40;

    final Scenario scenario;
    final Plant plant;
    final RunSettings run;
    final ShardLayout layout;
    final SimKafka kafka;
    final SimFaults faults;
    final Timeline timeline;
    final SimTruth truth;
    final SimSources sources;
    final SimWorkerRequests workerRequests;
    final List<SimSubmission> submissions;
    final SimIntakeTopics intake;
    final SimIntakeTruth intakeTruth;
    /** A state is written within this time. */
    final int stateMillis;
    /** That there were. */
    final Set<Situation> situations = EnumSet.noneOf(Situation.class);

    final SimGate gate;
    /** By ordinal, as ingest made them. */
    final TreeMap<Long, SimSample> samples = new TreeMap<>();
    /** By ordinal, what strangers wrote between them. */
    final Map<Long, SimSample> strays = new HashMap<>();

    /** Never jumps; what workers and shards go by. */
    long nowMillis;
    /** What the planner reads is so far off. */
    long clockOffMillis = 1_000_000;

    boolean calm;

    private final List<Late> late = new ArrayList<>();
    private final SplittableRandom lateness;
    private final Set<Long> readOnce = new HashSet<>();

    private record Late(Report report, long dueMillis) {}

    SimWorld(Scenario scenario, boolean kept) {
        this.scenario = scenario;
        this.plant = scenario.plant();
        this.timeline = new Timeline(kept, () -> nowMillis);
        this.gate = new SimGate(plant, ForeignFaults.areIn(scenario));
        this.submissions = SimSubmission.plan(this);
        this.layout = new ShardLayout(
                SimVectors.parameters(
                        SimSubmission.most(submissions) + ForeignFaults.sequences(scenario)),
                scenario.shards(),
                CHUNK_VALUES);
        this.kafka = new SimKafka(layout, gate);
        this.faults = new SimFaults(this);
        this.lateness = random("lateness");
        this.run = settings(random("settings"));
        this.stateMillis = STATE_MILLIS[random("states").nextInt(STATE_MILLIS.length)];
        this.intake = new SimIntakeTopics(this);
        this.intakeTruth = new SimIntakeTruth(this);
        this.sources = new SimSources(this);
        this.workerRequests = new SimWorkerRequests(this);
        this.truth = new SimTruth(this);
    }

    private RunSettings settings(SplittableRandom random) {
        boolean bySamples = random.nextBoolean() || scenario.isLong();
        int most = scenario.isLong() ? 1 : 1 + random.nextInt(10);
        StepSettings steps = new StepSettings(
                bySamples ? 1 + random.nextInt(most) : 0,
                bySamples ? 0 : 100 + random.nextInt(900),
                random.nextBoolean() ? Duration.ZERO : Duration.ofMillis(300),
                0,
                scenario.seed(),
                scenario.seed() % 4 == 3 ? 2 : 1,
                false);
        OptimizerSettings optimizer = new OptimizerSettings(
                new LearningRate(0.1, LearningRate.Schedule.CONSTANT, 2, 0),
                0.9,
                0.999,
                1e-8,
                0.01,
                0.5);
        return new RunSettings(
                "sim",
                new RunSettings.ModelIdentity("tiny", "hash", layout.parameters()),
                new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ)),
                steps,
                optimizer,
                new FleetSettings(scenario.shards(), 64 + random.nextInt(512), MAX_TOKENS, LEASE),
                fold(random("fold")),
                RunStart.SEEDED,
                SimEvaluations.settings(scenario.seed(), random("evaluation")));
    }

    private FoldSettings fold(SplittableRandom random) {
        GradientDtype[] dtypes = GradientDtype.values();
        return new FoldSettings(
                dtypes[random.nextInt(dtypes.length)],
                scenario.isLong() ? LONG : STATE_EVERY[random.nextInt(STATE_EVERY.length)]);
    }

    /** The random numbers of one actor. */
    SplittableRandom random(String actor) {
        return new SplittableRandom(scenario.seed() * 0x9E3779B97F4A7C15L + actor.hashCode());
    }

    /** The same card in every process of this worker. */
    WorkerDevice device(int worker) {
        String precision = random("precision-" + worker).nextBoolean() ? "fp32" : "bf16";
        return new WorkerDevice("cpu", "simulated", precision, 0, SimCards.of(this, worker));
    }

    long clockMillis() {
        return nowMillis + clockOffMillis;
    }

    boolean brokerIsUp() {
        return !faults.holds(FaultKind.BROKER_IS_DOWN);
    }

    /** It will be in the log a second time, whatever has happened by then. */
    void repeatLater(Report report) {
        late.add(new Late(report, nowMillis + 500 + lateness.nextInt(5_000)));
    }

    void deliverLate() {
        for (Late due : List.copyOf(late)) {
            if (due.dueMillis() <= nowMillis && brokerIsUp()) {
                late.remove(due);
                timeline.note(() -> "again: " + due.report());
                kafka.report(due.report());
            }
        }
    }

    /** A sequence that cannot be read the first time. */
    boolean isUnreadableNow(SimSample sample) {
        return sample.ill() == SimSample.Ill.UNREADABLE_ONCE && readOnce.add(sample.ordinal());
    }

    String sourceOf(long ordinal) {
        return SimIntakeTopics.head(intake.tokenized.get((int) ordinal)).source();
    }

    SimSample sample(long ordinal) {
        SimSample sample = samples.get(ordinal);
        return sample != null ? sample : strays.get(ordinal);
    }
}
