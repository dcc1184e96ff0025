package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.parameters.ShardState;
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
import java.util.Optional;
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
    private final SimVersions versions;
    private final SimContributions contributions;
    private final SimDigests digests;
    private final SimEvaluations evaluations;
    private final Map<Long, TreeSet<Long>> membersByStep = new HashMap<>();
    private final Map<Long, Long> baseByStep = new HashMap<>();
    /** By contribution that its author goes ahead with: the place of its step in the schedule. */
    private final Map<Long, Long> placesAhead = new HashMap<>();
    /** Oldest first. */
    private final List<Long> openSteps = new ArrayList<>();

    private final Set<Long> generationsReady = new HashSet<>();
    private final Set<Long> decided = new HashSet<>();
    private final Set<Long> opened = new HashSet<>();
    private final Set<Long> everOpened = new HashSet<>();
    private final Map<Long, RejectionReason> rejected = new TreeMap<>();
    private final Map<String, SimPast> checkpoints = new HashMap<>();
    private final Set<String> requests = new HashSet<>();
    private long committed;
    private long stepsDone;
    private int lines;
    private int rollbacks;
    private int openings;
    private int ends;
    private int epochs = 1;
    private boolean finishAsked;
    private boolean finished;

    SimTruth(SimWorld world) {
        this.world = world;
        this.versions = new SimVersions(world);
        this.contributions = new SimContributions(world);
        this.digests = new SimDigests(world, versions);
        this.evaluations = new SimEvaluations(world, versions);
    }

    /** An engine that holds the version has really added the attempt to its sum. */
    void trained(Attempt attempt, List<Long> ordinals, long version) {
        if (world.plant == Plant.NO_LEDGER_EQUALITY
                && contributions.dispatched(attempt).isEmpty()) {
            return;
        }
        contributions.trained(attempt, ordinals);
        assertThat(version)
                .as("version on which %s is trained", attempt)
                .isEqualTo(baseByStep.get(attempt.step()));
    }

    /**
     * A worker is about to say this, for the first time.
     *
     * @param damaged a bit of its replica has turned over
     */
    void said(Report report, boolean damaged) {
        switch (report) {
            case Report.Ready ready -> generationsReady.add(ready.generation());
            case Report.VersionHeld held -> digests.said(held, damaged);
            default -> {}
        }
    }

    /** Every record of the journal, as it becomes durable. */
    void journaled(JournalRecord record) {
        if (record instanceof JournalRecord.ClipFixed clip) {
            extendReference(clip);
        }
        digests.journaled(record);
        contributions.journaled(record);
        world.workerRequests.journaled(record);
        evaluations.journaled(
                record,
                new SimEvaluations.Place(committed, stepsDone, openSteps.size(), finishAsked));
        switch (record) {
            case JournalRecord.StepOpened step -> open(step);
            case JournalRecord.SampleAdmitted admitted -> {
                assertThat(world.samples)
                        .as("the sequences that ingest made")
                        .containsKey(admitted.sequence().ordinal());
                world.intakeTruth.admitted(admitted);
                world.sources.journaled(admitted);
            }
            case JournalRecord.SourceChanged changed -> {
                requireOnce(changed.request());
                world.sources.journaled(changed);
            }
            case JournalRecord.FinishAsked asked -> finishAsked = true;
            case JournalRecord.EpochStarted started -> startEpoch();
            case JournalRecord.WorkerReady ready ->
                assertThat(generationsReady)
                        .as("generations that were ready")
                        .contains(ready.generation());
            case JournalRecord.SampleRejected out -> {
                world.sources.journaled(out, everOpened.contains(out.ordinal()));
                decide(out.ordinal());
                rejected.put(out.ordinal(), out.reason());
                openSteps.forEach(step -> membersByStep.get(step).remove(out.ordinal()));
            }
            case JournalRecord.ContributionAsked asked -> {
                if (asked.ahead().isPresent()) {
                    placesAhead.put(
                            asked.contribution(), stepsDone + openSteps.indexOf(asked.step()));
                }
            }
            case JournalRecord.StepCommitted step -> commit(step);
            case JournalRecord.StepDropped step -> {
                stepsDone++;
                openSteps.remove(step.step());
            }
            case JournalRecord.StepAbandoned step -> {
                noteWhenSettling(Situation.ROLLBACK_WHILE_A_STEP_SETTLES);
                close(step.step());
            }
            case JournalRecord.WorkerAdmitted worker ->
                noteWhenSettling(Situation.WORKER_JOINS_WHILE_A_STEP_SETTLES);
            case JournalRecord.StepsUndone undone -> {
                world.situations.add(Situation.STEPS_ARE_UNDONE);
                List.copyOf(openSteps.subList(
                                openSteps.indexOf(undone.step()) + 1, openSteps.size()))
                        .forEach(this::close);
            }
            case JournalRecord.StateSaveAccepted saved -> requireWritten(saved);
            case JournalRecord.CheckpointAsked asked -> requireOnce(asked.request());
            case JournalRecord.RollbackAsked asked -> requireOnce(asked.request());
            case JournalRecord.MemoryCapped capped -> requireOnce(capped.request());
            case JournalRecord.WorkerDraining draining ->
                draining.request().ifPresent(this::requireOnce);
            case JournalRecord.CheckpointBegun begun -> begin(begun);
            case JournalRecord.CheckpointTaken taken -> requireSaved(taken);
            case JournalRecord.RollbackBegun begun ->
                versions.restore(checkpoints.get(begun.name()).version());
            case JournalRecord.RolledBack back -> rollBack(back);
            case JournalRecord.RunFinished run -> finished = true;
            default -> {}
        }
    }

    private void noteWhenSettling(Situation situation) {
        if (openSteps.size() > 1) {
            world.situations.add(situation);
        }
    }

    private void open(JournalRecord.StepOpened step) {
        Set<Long> taken = new HashSet<>(opened);
        taken.addAll(decided);
        world.sources.open(step.ordinals(), taken, epochs == 1);
        everOpened.addAll(step.ordinals());
        membersByStep.put(step.step(), new TreeSet<>(step.ordinals()));
        baseByStep.put(step.step(), committed + openSteps.size());
        openSteps.add(step.step());
        openings += step.ordinals().size();
        step.ordinals()
                .forEach(ordinal -> assertThat(opened.add(ordinal))
                        .as("ordinal %d enters one step of an epoch only", ordinal)
                        .isTrue());
    }

    /** It counts no more: its members wait again. */
    private void close(long step) {
        world.sources.wentBack();
        opened.removeAll(membersByStep.get(step));
        openSteps.remove(step);
        contributions.forget(step);
    }

    private void requireWritten(JournalRecord.StateSaveAccepted saved) {
        assertThat(world.kafka.states.get(saved.shard()).of(saved.version()))
                .as("the state of version %d of shard %d", saved.version(), saved.shard())
                .hasValueSatisfying(
                        is -> assertThat(is.place()).as("its place").isEqualTo(saved.place()));
    }

    /** The one before is through with every sample; what was not rejected begins anew. */
    private void startEpoch() {
        for (SimSample sample : trainable()) {
            assertThat(decided)
                    .as("ordinals with an end in the epoch before")
                    .contains(sample.ordinal());
        }
        epochs++;
        decided.retainAll(rejected.keySet());
        opened.clear();
    }

    /** Admitted or not. */
    private List<SimSample> trainable() {
        return world.samples.values().stream()
                .filter(sample -> !world.sources.isHeld(sample.ordinal()))
                .toList();
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
            versions.require(saved.get(taken.name()));
        }
    }

    /** Of what was rejected since, nothing comes back. */
    private void rollBack(JournalRecord.RolledBack back) {
        world.sources.wentBack();
        SimPast past = checkpoints.get(back.name());
        assertThat(back.ofVersion())
                .as("version of checkpoint %s", back.name())
                .isEqualTo(past.version());
        assertThat(back.version()).as("version of the rollback").isEqualTo(++committed);
        requireAllWritten(back.version());
        rollbacks++;
        stepsDone = past.stepsDone();
        epochs = past.epochs();
        decided.clear();
        decided.addAll(past.trained());
        opened.clear();
        opened.addAll(past.trained());
        decided.addAll(rejected.keySet());
    }

    private void requireAllWritten(long version) {
        for (SimStates shard : world.kafka.states) {
            assertThat(shard.newest().state().version())
                    .as("version of the newest state of a shard when %d is written", version)
                    .isEqualTo(version);
            versions.require(shard.newest().state());
        }
    }

    private void commit(JournalRecord.StepCommitted step) {
        lines++;
        stepsDone++;
        assertThat(openSteps).as("open steps, oldest first").startsWith(step.step());
        openSteps.removeFirst();
        assertThat(step.version()).as("version of step %d", step.step()).isEqualTo(++committed);
        assertThat(step.update())
                .as("update of step %d", step.step())
                .isEqualTo(versions.updates());
        membersByStep.get(step.step()).forEach(this::decide);
        world.sources.noteHeldOpen(finishAsked, !openSteps.isEmpty(), decided);
    }

    private void decide(long ordinal) {
        ends++;
        assertThat(decided.add(ordinal))
                .as("ordinal %d has one end in an epoch", ordinal)
                .isTrue();
    }

    /** Norm, scale and rate are worked out here once more. */
    private void extendReference(JournalRecord.ClipFixed clip) {
        Set<Long> members = membersByStep.get(clip.step());
        List<SimVersions.Contribution> made = contributions.of(clip.step());
        assertThat(made.stream()
                        .flatMap(contribution -> contribution.attempts().stream())
                        .flatMap(List::stream)
                        .sorted()
                        .toList())
                .as("what the contributions of step %d hold", clip.step())
                .isEqualTo(List.copyOf(members));
        long lossTokens = members.stream()
                .mapToLong(ordinal -> world.sample(ordinal).lossTokens())
                .sum();
        long place = placesAhead.getOrDefault(made.getFirst().contribution(), stepsDone);
        double rate = world.run.optimizer().learningRate().at(place);
        versions.fold(clip, made, lossTokens, rate);
        contributions.requireAhead(clip, lossTokens, versions.updates());
    }

    /** A shard says that it has made this version, of these gradients. */
    void folded(ShardManifest manifest) {
        assertThat(manifest.version())
                .as("version that shard %d makes", manifest.shard())
                .isLessThanOrEqualTo(committed);
        digests.require(manifest.shard(), manifest.version(), manifest.digest());
        List<Long> named = manifest.builtFrom().stream()
                .flatMap(contribution -> contribution.attempts().stream())
                .map(ContributionManifest.TrainedAttempt::ordinals)
                .flatMap(List::stream)
                .sorted()
                .toList();
        if (!world.plant.believesLedger) {
            assertThat(named)
                    .as("the manifest of version %d names its step's members", manifest.version())
                    .isEqualTo(List.copyOf(membersByStep.get(manifest.step())));
        }
    }

    /** A shard makes this state durable. */
    void written(ShardState state, ShardState before) {
        assertThat(state.version())
                .as("%s is written after %s", state, before)
                .isGreaterThan(before.version());
        versions.require(state);
    }

    void requireReadable(int shard) {
        contributions.requireReadable(shard);
    }

    Optional<Long> insteadOf(long contribution) {
        return contributions.insteadOf(contribution);
    }

    long endOf(long contribution, int shard) {
        return contributions.endOf(contribution, shard);
    }

    /** The end: every sample has exactly one end, and the right one, and the topics say so. */
    void requireComplete() {
        world.intakeTruth.requireComplete();
        world.workerRequests.requireComplete();
        if (!rejected.keySet()
                .containsAll(trainable().stream().map(SimSample::ordinal).toList())) {
            assertThat(epochs).as("epochs").isEqualTo(world.run.steps().epochs());
        }
        for (SimSample sample : world.samples.values()) {
            long ordinal = sample.ordinal();
            RejectionReason reason = rejected.get(ordinal);
            if (world.sources.isHeld(ordinal)) {
                assertThat(reason == null || deserves(sample, reason))
                        .as("ordinal %d was rejected, %s", ordinal, reason)
                        .isTrue();
                continue;
            }
            assertThat(decided).as("ordinal %d has an end", ordinal).contains(ordinal);
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
        assertThat(world.kafka.evaluations)
                .as("the topic of evaluations")
                .hasSize(evaluations.closed());
        requireAllWritten(committed);
    }

    private static boolean deserves(SimSample sample, RejectionReason reason) {
        return switch (reason) {
            case NON_FINITE -> sample.ill() == SimSample.Ill.POISONOUS;
            case UNREADABLE_SEQUENCE -> sample.ill() == SimSample.Ill.UNREADABLE;
            case NOTHING_TO_TRAIN -> sample.lossTokens() == 0;
            case OUT_OF_MEMORY -> sample.tokens().length > SimEngine.SMALLEST_CAPACITY_TOKENS;
            // looked at when it was rejected
            case SOURCE_REMOVED -> true;
            case TOO_MANY_TOKENS -> sample.tokens().length > SimWorld.MAX_TOKENS;
            default -> false;
        };
    }

    long committed() {
        return committed;
    }

    /** The version that is decided last; a rollback under way only rolls forward. */
    long newest() {
        return versions.newest();
    }

    long digest(long version) {
        return versions.digest(version);
    }

    SimEvaluations evaluations() {
        return evaluations;
    }

    /** What the planner put into the attempt. */
    List<Long> dispatched(Attempt attempt) {
        return contributions.dispatched(attempt);
    }

    Set<Long> decided() {
        return decided;
    }

    /**
     * Grows with every step, every rejection and every rollback, of which there can be only so
     * many.
     */
    int headway() {
        return openings + ends + (int) committed + rollbacks + evaluations.headway();
    }

    boolean finished() {
        return finished;
    }
}
