package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.simulation.SimGradient.Grain;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What must be true, kept apart from the planner's own state: which sequences belong to which
 * version, which gradients really ran, and the adapter that a single undisturbed machine would have
 * at each version.
 */
final class SimTruth {
    private final SimWorld world;
    private final AdamW adamW;
    private final Map<Long, TreeSet<Long>> membersByStep = new HashMap<>();
    private final Map<Attempt, List<Long>> trained = new HashMap<>();
    private final Map<Attempt, List<Long>> dispatched = new HashMap<>();
    private final Set<Long> generationsReady = new HashSet<>();
    private final Set<Long> decided = new HashSet<>();
    private final Set<Long> opened = new HashSet<>();
    private final Map<Long, RejectionReason> rejected = new TreeMap<>();
    private final List<ShardState> reference = new ArrayList<>();
    private final Map<String, SimPast> checkpoints = new HashMap<>();
    private final Set<String> requests = new HashSet<>();
    private long committed;
    private long stepsDone;
    private int lines;
    private int rollbacks;
    private int openings;
    private int ends;
    private int epochs = 1;
    private boolean finished;

    SimTruth(SimWorld world) {
        this.world = world;
        this.adamW = new AdamW(world.run.optimizer());
        reference.add(ShardState.initial(0, new float[(int) world.layout.parameters()]));
    }

    /** An engine has really added the attempt to its sum. */
    void trained(Attempt attempt, List<Long> ordinals) {
        assertThat(dispatched).as("what is trained is in the journal").containsKey(attempt);
        trained.put(attempt, ordinals);
    }

    /** A worker is about to say this, for the first time. */
    void said(Report report) {
        if (report instanceof Report.Ready ready) {
            generationsReady.add(ready.generation());
        }
    }

    /** Every record of the journal, as it becomes durable. */
    void journaled(JournalRecord record) {
        switch (record) {
            case JournalRecord.StepOpened step -> {
                membersByStep.put(step.step(), new TreeSet<>(step.ordinals()));
                openings += step.ordinals().size();
                step.ordinals()
                        .forEach(ordinal -> assertThat(opened.add(ordinal))
                                .as("ordinal %d enters one step of an epoch only", ordinal)
                                .isTrue());
            }
            case JournalRecord.SampleAdmitted admitted -> world.intakeTruth.admitted(admitted);
            case JournalRecord.EpochStarted started -> startEpoch();
            case JournalRecord.WorkerReady ready ->
                assertThat(generationsReady)
                        .as("generations that were ready")
                        .contains(ready.generation());
            case JournalRecord.MicroBatchDispatched out ->
                dispatched.put(out.attempt(), out.ordinals());
            case JournalRecord.MicroBatchAccepted accepted ->
                assertThat(trained.get(accepted.attempt()))
                        .as("what was trained as %s", accepted.attempt())
                        .isEqualTo(dispatched.get(accepted.attempt()));
            case JournalRecord.SampleRejected out -> {
                decide(out.ordinal());
                rejected.put(out.ordinal(), out.reason());
                membersByStep.values().forEach(members -> members.remove(out.ordinal()));
            }
            case JournalRecord.ClipFixed clip -> extendReference(clip);
            case JournalRecord.StepCommitted step -> commit(step);
            case JournalRecord.StepDropped step -> stepsDone++;
            case JournalRecord.StepAbandoned step ->
                opened.removeAll(membersByStep.get(step.step()));
            case JournalRecord.CheckpointAsked asked -> requireOnce(asked.request());
            case JournalRecord.RollbackAsked asked -> requireOnce(asked.request());
            case JournalRecord.CheckpointBegun begun -> begin(begun);
            case JournalRecord.CheckpointTaken taken -> requireSaved(taken);
            case JournalRecord.RollbackBegun begun ->
                reference.add(reference
                        .get((int) checkpoints.get(begun.name()).version())
                        .as(reference.size()));
            case JournalRecord.RolledBack back -> rollBack(back);
            case JournalRecord.RunFinished run -> finished = true;
            default -> {}
        }
    }

    /** The one before is through with every sample; what was not rejected begins anew. */
    private void startEpoch() {
        for (SimSample sample : world.samples) {
            assertThat(decided)
                    .as("ordinals with an end in the epoch before")
                    .contains(sample.ordinal());
        }
        epochs++;
        decided.retainAll(rejected.keySet());
        opened.clear();
    }

    private void requireOnce(String request) {
        assertThat(requests.add(request))
                .as("request %s is taken up once", request)
                .isTrue();
    }

    private void begin(JournalRecord.CheckpointBegun begun) {
        Set<Long> trainedNow = new HashSet<>(decided);
        trainedNow.removeAll(rejected.keySet());
        checkpoints.put(begun.name(), new SimPast(committed, stepsDone, epochs, trainedNow));
        assertThat(begun.version())
                .as("version of checkpoint %s", begun.name())
                .isEqualTo(committed);
    }

    private void requireSaved(JournalRecord.CheckpointTaken taken) {
        for (Map<String, ShardState> saved : world.kafka.checkpoints) {
            assertThat(saved).as("what every shard has saved").containsKey(taken.name());
            assertThat(saved.get(taken.name()).version())
                    .as("version of checkpoint %s", taken.name())
                    .isEqualTo(taken.version());
            requireReference(saved.get(taken.name()));
        }
    }

    /** Of what was rejected since, nothing comes back. */
    private void rollBack(JournalRecord.RolledBack back) {
        SimPast past = checkpoints.get(back.name());
        assertThat(back.ofVersion())
                .as("version of checkpoint %s", back.name())
                .isEqualTo(past.version());
        assertThat(back.version()).as("version of the rollback").isEqualTo(++committed);
        requireAllShardsAt(back.version());
        rollbacks++;
        stepsDone = past.stepsDone();
        epochs = past.epochs();
        decided.clear();
        decided.addAll(past.trained());
        opened.clear();
        opened.addAll(past.trained());
        decided.addAll(rejected.keySet());
    }

    private void requireAllShardsAt(long version) {
        for (ShardState shard : world.kafka.adapters) {
            assertThat(shard.version())
                    .as("version of shard %d when %d is committed", shard.shard(), version)
                    .isEqualTo(version);
        }
    }

    private void commit(JournalRecord.StepCommitted step) {
        lines++;
        stepsDone++;
        assertThat(step.version()).as("version of step %d", step.step()).isEqualTo(++committed);
        membersByStep.get(step.step()).forEach(this::decide);
        requireAllShardsAt(step.version());
    }

    private void decide(long ordinal) {
        ends++;
        assertThat(decided.add(ordinal))
                .as("ordinal %d has one end in an epoch", ordinal)
                .isTrue();
    }

    /** Norm, scale and rate are worked out here once more: the gradient has a 1 for each member. */
    private void extendReference(JournalRecord.ClipFixed clip) {
        Set<Long> members = membersByStep.get(clip.step());
        long lossTokens = members.stream()
                .mapToLong(ordinal -> world.sample(ordinal).lossTokens())
                .sum();
        double norm = Math.sqrt(members.size()) / lossTokens;
        double scale =
                Math.min(1, world.run.optimizer().maxGradientNorm() / (norm + 1e-6)) / lossTokens;
        assertThat(clip.gradientNorm())
                .as("gradient norm of step %d", clip.step())
                .isEqualTo(norm);
        assertThat(clip.gradientScale())
                .as("gradient scale of step %d", clip.step())
                .isEqualTo(scale);
        ShardState last = reference.getLast();
        float[] gradient = new float[last.master().length];
        members.forEach(ordinal -> gradient[ordinal.intValue()] = (float) scale);
        float[] master = last.master().clone();
        float[] first = last.firstMoment().clone();
        float[] second = last.secondMoment().clone();
        double rate = world.run.optimizer().learningRate().at(stepsDone);
        adamW.update(master, gradient, first, second, last.updates() + 1, rate);
        reference.add(
                new ShardState(0, last.version() + 1, last.updates() + 1, master, first, second));
    }

    /** A shard makes this version durable, of these gradients. */
    void applied(ShardState state, ShardManifest manifest, List<Grain> grains) {
        ShardState durable = world.kafka.adapters.get(state.shard());
        assertThat(state.version())
                .as("%s follows %s", state, durable)
                .isEqualTo(durable.version() + 1);
        List<Long> members = manifest.restored().isPresent()
                ? List.of()
                : List.copyOf(membersByStep.get(manifest.step()));
        assertThat(grains.stream().map(Grain::ordinal).sorted().toList())
                .as("gradients in version %d of shard %d", state.version(), state.shard())
                .isEqualTo(members);
        assertThat(grains)
                .as("gradients in version %d were computed on the one before", state.version())
                .allMatch(grain -> grain.version() == state.version() - 1);
        List<Long> named = manifest.builtFrom().stream()
                .flatMap(contribution -> contribution.attempts().stream())
                .map(ContributionManifest.TrainedAttempt::ordinals)
                .flatMap(List::stream)
                .sorted()
                .toList();
        if (!world.plant.believesLedger) {
            assertThat(named)
                    .as("the manifest of version %d names its step's members", state.version())
                    .isEqualTo(members);
        }
        requireReference(state);
    }

    private void requireReference(ShardState state) {
        assertThat(state.version()).as("version of %s", state).isLessThan(reference.size());
        float[] whole = reference.get((int) state.version()).master();
        int start = (int) world.layout.start(state.shard());
        for (int i = 0; i < state.master().length; i++) {
            if (state.master()[i] != whole[start + i]) {
                assertThat(state.master()[i])
                        .as("parameter %d in %s", start + i, state)
                        .isEqualTo(whole[start + i]);
            }
        }
    }

    /** The end: every sample has exactly one end, and the right one, and the topics say so. */
    void requireComplete() {
        world.intakeTruth.requireComplete();
        if (rejected.size() < world.samples.size()) {
            assertThat(epochs).as("epochs").isEqualTo(world.run.steps().epochs());
        }
        for (SimSample sample : world.samples) {
            long ordinal = sample.ordinal();
            assertThat(decided).as("ordinal %d has an end", ordinal).contains(ordinal);
            RejectionReason reason = rejected.get(ordinal);
            if (sample.ill() == SimSample.Ill.POISONOUS
                    || sample.ill() == SimSample.Ill.UNREADABLE) {
                assertThat(reason).as("ordinal %d is untrainable", ordinal).isNotNull();
            }
            if (reason != null) {
                assertThat(deserves(sample, reason))
                        .as("ordinal %d was rejected, %s", ordinal, reason)
                        .isTrue();
            }
        }
        assertThat(world.kafka.rejected.stream()
                        .map(rejection -> rejection.sample().ordinal())
                        .sorted()
                        .toList())
                .as("the topic of rejected samples")
                .isEqualTo(List.copyOf(rejected.keySet()));
        assertThat(world.kafka.steps).as("the topic of steps").hasSize(lines);
        world.kafka.adapters.forEach(shard -> {
            assertThat(shard.version()).as("last version of %s", shard).isEqualTo(committed);
            requireReference(shard);
        });
    }

    private static boolean deserves(SimSample sample, RejectionReason reason) {
        return switch (reason) {
            case NON_FINITE -> sample.ill() == SimSample.Ill.POISONOUS;
            case UNREADABLE_SEQUENCE -> sample.ill() == SimSample.Ill.UNREADABLE;
            case NOTHING_TO_TRAIN -> sample.lossTokens() == 0;
            case OUT_OF_MEMORY -> sample.tokens().length > SimEngine.SMALLEST_CAPACITY_TOKENS;
            case TOO_MANY_TOKENS -> sample.tokens().length > SimWorld.MAX_TOKENS;
            default -> false;
        };
    }

    /** What the planner put into the attempt. */
    List<Long> dispatched(Attempt attempt) {
        return dispatched.getOrDefault(attempt, List.of());
    }

    Set<Long> decided() {
        return decided;
    }

    /**
     * Grows with every step, every rejection and every rollback, of which there can be only so
     * many.
     */
    int headway() {
        return openings + ends + (int) committed + rollbacks;
    }

    boolean finished() {
        return finished;
    }
}
