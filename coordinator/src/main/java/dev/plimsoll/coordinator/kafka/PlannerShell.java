package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.coordinator.planner.Decision;
import dev.plimsoll.coordinator.planner.Input;
import dev.plimsoll.coordinator.planner.Liveness;
import dev.plimsoll.coordinator.planner.Planner;
import dev.plimsoll.coordinator.planner.PlannerState;
import dev.plimsoll.coordinator.planner.SampleRejection;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.RejectedSample;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.jboss.logging.Logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Runs the planner: reads inputs, lets it decide, writes the decision with the inputs' positions in
 * one transaction, and applies it once that is committed. Opening it fences the planner before.
 * Whatever goes wrong ends the process: the next one folds the journal and carries on. Used by one
 * thread.
 */
public final class PlannerShell implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(PlannerShell.class);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final long MAX_TICK_NANOS = Duration.ofMillis(250).toNanos();

    /**
     * Inputs that led to nothing are read again after a restart; beyond so many, their positions
     * are journaled.
     */
    private static final int MAX_UNJOURNALED_INPUTS = 2_000;

    private static final int RECORDS_PER_SNAPSHOT = 2_000;
    /** To find that a state is too large for one takes time in proportion to it. */
    private static final int MAX_RECORDS_PER_SNAPSHOT = 64 * RECORDS_PER_SNAPSHOT;

    /** As it travels; what a producer sends at most is a mebibyte. */
    private static final int MAX_SNAPSHOT_BYTES = 900 * 1024;

    private final Topics topics;
    private final Planner planner;
    private final PlannerOutput output;
    private final String incarnation;
    private final Consumer<PlannerState> view;
    private final TransactionalWriter writer;
    private final PlannerInputs inputs;
    private final PlannerState state;
    private final SortedMap<String, Long> unjournaled = new TreeMap<>();
    private Liveness liveness = Liveness.resuming();
    private boolean caughtUp;
    private int unjournaledInputs;
    private int sinceSnapshot;
    private int recordsPerSnapshot = RECORDS_PER_SNAPSHOT;
    private final long tickNanos;
    private long tickedAt = System.nanoTime();
    private long beatAt = tickedAt;
    private long beats;
    private volatile boolean stopped;

    /**
     * Where a shell works and whom it tells.
     *
     * @param peaks of the run's model
     * @param incarnation of this process, in its beats
     * @param run written to an empty journal; must equal the settings in one that is not
     * @param rejections describes a sample that the planner rejects by what was submitted
     * @param view given the state after every change, on the shell's thread
     */
    public record Setup(
            Clients clients,
            Topics topics,
            RunSettings run,
            PeakModel peaks,
            String incarnation,
            Function<SampleRejection, RejectedSample> rejections,
            Consumer<PlannerState> view) {}

    public PlannerShell(Setup setup) {
        this.topics = setup.topics();
        this.planner = new Planner(setup.peaks());
        this.output = new PlannerOutput(topics, setup.rejections());
        this.incarnation = setup.incarnation();
        this.view = setup.view();
        this.writer = new TransactionalWriter(setup.clients(), topics.prefix() + "-planner");
        try (var journal = new JournalReader(setup.clients(), topics, "plimsoll-journal-reader")) {
            JournalFold fold = JournalFold.read(journal);
            this.state = fold.state();
            this.sinceSnapshot = fold.sinceSnapshot();
            create(setup.run());
            this.tickNanos =
                    Math.min(MAX_TICK_NANOS, state.run().fleet().lease().toNanos() / 10);
            this.inputs = new PlannerInputs(setup.clients(), topics, state.nextOffsets());
        } catch (RuntimeException e) {
            writer.close();
            throw e;
        }
        LOG.infof(
                "planner of run %s at step %d, version %d, %d sequences waiting",
                state.run().runId(),
                state.progress().nextStep(),
                state.progress().version(),
                state.backlog().size());
        view.accept(state);
    }

    private void create(RunSettings run) {
        if (!state.isCreated()) {
            JournalRecord created = new JournalRecord.RunCreated(run);
            writer.write(List.of(output.journal(created, run.runId())));
            state.apply(created);
        } else if (!state.run().equals(run)) {
            throw new IllegalStateException(
                    "run " + state.run().runId() + " was created with other settings");
        }
    }

    /** Until {@link #stop}, or an exception, after which this shell must not be used. */
    public void run() {
        while (!stopped) {
            turn();
        }
    }

    /** Ends {@link #run} soon. May be called by any thread. */
    public void stop() {
        stopped = true;
    }

    private void turn() {
        inputs.wantSamples(state.wantsSamples());
        beat();
        PlannerInputs.Batch batch = inputs.poll(POLL);
        List<Input> taken = new ArrayList<>(batch.inputs());
        if (System.nanoTime() - tickedAt >= tickNanos) {
            tickedAt = System.nanoTime();
            taken.add(new Input.Tick());
        }
        if (taken.isEmpty() && batch.parked().isEmpty()) {
            return;
        }
        long nowMillis = System.currentTimeMillis();
        liveness = liveness.observe(state, taken, nowMillis);
        Decision decision = planner.decide(state, liveness, taken, nowMillis);
        if (!decision.reason().isEmpty()) {
            LOG.debug(decision.reason());
        }
        unjournaledInputs += batch.inputs().size();
        unjournaled.putAll(batch.nextOffsets());
        if (!decision.isEmpty()
                || !batch.parked().isEmpty()
                || unjournaledInputs > MAX_UNJOURNALED_INPUTS) {
            commit(decision, batch.parked());
        }
        if (!caughtUp && inputs.caughtUp()) {
            caughtUp = true;
            liveness = liveness.caughtUp(System.currentTimeMillis());
        }
    }

    /**
     * Through the transactional writer: a planner that was fenced while idle cannot beat, and ends
     * by trying.
     */
    private void beat() {
        if (beats == 0 || System.nanoTime() - beatAt >= IncumbentWatch.BEAT.toNanos()) {
            beatAt = System.nanoTime();
            Telemetry beat =
                    new Telemetry.CoordinatorBeat(state.run().runId(), incarnation, beats++);
            writer.write(List.of(output.telemetry(beat)));
        }
    }

    private void commit(Decision decision, List<Parked> parked) {
        List<JournalRecord> facts = new ArrayList<>(decision.records());
        facts.add(new JournalRecord.InputsRead(new TreeMap<>(unjournaled)));
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        facts.forEach(fact -> records.add(output.journal(fact, state.run().runId())));
        records.addAll(output.records(state, decision));
        for (Parked bad : parked) {
            LOG.warnf("%s is put into %s: %s", bad.where(), topics.parked(), bad.problem());
            records.add(bad.toRecord(topics.parked()));
        }
        writer.write(records);
        facts.forEach(state::apply);
        facts.forEach(PlannerShell::tell);
        for (StepRecord step : decision.steps()) {
            LOG.infof(
                    "step %d: loss %.4f, %d tokens in %.2f s, %d workers",
                    step.step(),
                    step.loss(),
                    step.counts().tokens(),
                    step.rates().stepMillis() / 1e3,
                    step.counts().workers());
        }
        unjournaledInputs = 0;
        sinceSnapshot += facts.size();
        if (sinceSnapshot >= recordsPerSnapshot) {
            sinceSnapshot = 0;
            snapshot();
        }
        view.accept(state);
    }

    /** What a person who watches the log wants to know, besides the steps. */
    private static void tell(JournalRecord fact) {
        switch (fact) {
            case JournalRecord.WorkerAdmitted admitted ->
                LOG.infof(
                        "%s works as generation %d on lane %d: %s",
                        admitted.workerId(),
                        admitted.generation(),
                        admitted.lane(),
                        admitted.device());
            case JournalRecord.WorkerLost lost ->
                LOG.infof(
                        "%s generation %d is gone: %s",
                        lost.workerId(), lost.generation(), lost.note());
            case JournalRecord.InputLost lost ->
                LOG.errorf(
                        "%s offsets %d to %d were deleted before they were read: they are lost",
                        lost.input(), lost.fromOffset(), lost.toOffset() - 1);
            case JournalRecord.ContributionVoided voided ->
                LOG.warnf("contribution %d is void: %s", voided.contribution(), voided.note());
            case JournalRecord.RequestRefused refused ->
                LOG.warnf("request %s is refused: %s", refused.request(), refused.note());
            case JournalRecord.CheckpointTaken taken ->
                LOG.infof("checkpoint %s is version %d", taken.name(), taken.version());
            case JournalRecord.CheckpointExpired expired ->
                LOG.warnf(
                        "checkpoint %s cannot be rolled back to any more: %s",
                        expired.name(), expired.note());
            case JournalRecord.RolledBack back ->
                LOG.infof(
                        "version %d is checkpoint %s again, version %d",
                        back.version(), back.name(), back.ofVersion());
            case JournalRecord.RunFinished finished ->
                LOG.infof("the run is finished: %s", finished.note());
            default -> {}
        }
    }

    private void snapshot() {
        JournalRecord.SnapshotTaken snapshot = state.snapshot();
        ProducerRecord<byte[], byte[]> record =
                output.journal(snapshot, state.run().runId());
        if (record.value().length > MAX_SNAPSHOT_BYTES) {
            recordsPerSnapshot = Math.min(2 * recordsPerSnapshot, MAX_RECORDS_PER_SNAPSHOT);
            LOG.warnf(
                    "no snapshot is written: the state has %d bytes and the most is %d; a "
                            + "restart replays more",
                    record.value().length, MAX_SNAPSHOT_BYTES);
            return;
        }
        recordsPerSnapshot = RECORDS_PER_SNAPSHOT;
        writer.write(List.of(record));
        state.apply(snapshot);
    }

    @Override
    public void close() {
        inputs.close();
        writer.close();
    }
}
