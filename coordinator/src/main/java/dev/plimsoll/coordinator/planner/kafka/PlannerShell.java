package dev.plimsoll.coordinator.planner.kafka;

import dev.plimsoll.coordinator.kafka.TransactionalWriter;
import dev.plimsoll.coordinator.planner.Planner;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.coordinator.planner.driver.DriverLimits;
import dev.plimsoll.coordinator.planner.driver.DueSnapshot;
import dev.plimsoll.coordinator.planner.driver.Moment;
import dev.plimsoll.coordinator.planner.driver.PlannerDriver;
import dev.plimsoll.coordinator.planner.driver.Transaction;
import dev.plimsoll.coordinator.planner.driver.Turn;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.RejectedSample;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.jboss.logging.Logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Runs the planner over Kafka: reads, lets the driver decide, and writes what it decided in one
 * transaction. Opening it fences the planner before. Whatever goes wrong ends the process: the next
 * one folds the journal and carries on. Used by one thread.
 */
public final class PlannerShell implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(PlannerShell.class);
    private static final Duration POLL = Duration.ofMillis(50);

    private final Topics topics;
    private final PlannerOutput output;
    private final String incarnation;
    private final Consumer<PlannerState> view;
    private final TransactionalWriter writer;
    private final PlannerInputs inputs;
    private final FinishOffsets finishOffsets;
    private final PlannerDriver driver;
    private final String runId;
    private volatile boolean stopped;

    /**
     * Where a shell works and whom it tells.
     *
     * @param peaks of the run's model
     * @param incarnation of this process, in its beats
     * @param run written to an empty journal; must equal the settings in one that is not
     * @param rejections describes samples that the planner rejects by what was submitted, in their
     *     order
     * @param view given the state after every change, on the shell's thread
     */
    public record Setup(
            Clients clients,
            Topics topics,
            RunSettings run,
            PeakModel peaks,
            String incarnation,
            Function<List<SampleRejection>, List<RejectedSample>> rejections,
            Consumer<PlannerState> view) {}

    public PlannerShell(Setup setup) {
        this.topics = setup.topics();
        this.output = new PlannerOutput(topics, setup.rejections());
        this.incarnation = setup.incarnation();
        this.view = setup.view();
        this.runId = setup.run().runId();
        Clients clients = setup.clients().of(setup.run(), topics);
        this.finishOffsets = new FinishOffsets(clients, topics);
        this.writer = new TransactionalWriter(clients, topics.prefix() + "-planner");
        PlannerInputs reading = null;
        try {
            PlannerDriver.Folded folded = fold(clients, setup.run());
            reading = new PlannerInputs(clients, topics);
            this.driver = new PlannerDriver(
                    folded,
                    new Planner(setup.peaks())::decide,
                    DriverLimits.of(setup.run().fleet().lease()),
                    reading.startOffsets(),
                    now());
            reading.seek(driver.positions());
            view.accept(state());
        } catch (RuntimeException e) {
            if (reading != null) {
                reading.close();
            }
            writer.close();
            throw e;
        }
        this.inputs = reading;
        LOG.infof(
                "planner of run %s at step %d, version %d, %d sequences waiting",
                runId,
                state().status().nextStep(),
                state().status().version(),
                state().backlog().size());
    }

    /** Creates the run, when the journal is empty. */
    private PlannerDriver.Folded fold(Clients clients, RunSettings run) {
        try (var journal = new JournalReader(clients, topics, "plimsoll-journal-reader")) {
            PlannerDriver.Folded fold = JournalFold.read(journal);
            if (!run.identity().seal().isEmpty()) {
                output.numbersJournal(journal.numbered(), journal.lastOffset());
            }
            PlannerDriver.creation(fold.state(), run).ifPresent(created -> {
                writeAll(List.of(output.journal(created, runId)));
                fold.state().apply(created);
            });
            return fold;
        }
    }

    private void writeAll(List<ProducerRecord<byte[], byte[]>> records) {
        output.written(writer.write(output.numbered(records)));
    }

    private PlannerState state() {
        return driver.state();
    }

    private static Moment now() {
        return new Moment(
                Duration.ofNanos(System.nanoTime()).toMillis(), System.currentTimeMillis());
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
        inputs.wantSamples(state().wantsSamples());
        driver.dueBeat(now()).ifPresent(this::beat);
        finishOffsets.answer(driver.finish(), now().elapsedMillis());
        PlannerInputs.Poll poll = inputs.poll(POLL);
        Turn turn = driver.turn(poll.polled(), now());
        if (!turn.reason().isEmpty()) {
            LOG.debug(turn.reason());
        }
        turn.transaction().ifPresent(transaction -> {
            write(transaction, poll.parked());
            snapshot();
            view.accept(state());
        });
    }

    /**
     * Through the transactional writer: a planner that was fenced while it had nothing to write
     * cannot beat, and ends by trying.
     */
    private void beat(long number) {
        Telemetry beat = new Telemetry.CoordinatorBeat(runId, incarnation, number);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        records.add(output.telemetry(beat));
        SortedMap<String, SourceMeasures> sources = state().sources();
        if (!sources.isEmpty()) {
            records.add(output.telemetry(new Telemetry.SourcesMeasured(runId, sources)));
        }
        writer.write(records);
    }

    private void write(Transaction transaction, List<Parked> parked) {
        List<ProducerRecord<byte[], byte[]>> records =
                new ArrayList<>(output.records(transaction, runId));
        for (Parked bad : parked) {
            records.add(bad.toRecord(topics.parked()));
        }
        tellOf(parked);
        writeAll(records);
        driver.committed(transaction);
        transaction.records().forEach(PlannerShell::tell);
        for (StepRecord step : transaction.steps()) {
            LOG.infof(
                    "step %d: loss %.4f, %d tokens in %.2f s, %d workers",
                    step.step(),
                    step.loss(),
                    step.counts().tokens(),
                    step.rates().stepMillis() / 1e3,
                    step.counts().workers());
        }
        for (EvaluationRecord evaluation : transaction.evaluations()) {
            LOG.infof(
                    "version %d evaluated on %d samples: loss %.4f, perplexity %.2f%s",
                    evaluation.version(),
                    evaluation.counts().samples(),
                    evaluation.loss(),
                    evaluation.perplexity(),
                    evaluation.best() ? ", the lowest yet" : "");
        }
        boolean ends = transaction.records().stream()
                .anyMatch(JournalRecord.RunFinished.class::isInstance);
        if (ends && state().evaluations().last().isEmpty()) {
            LOG.info("nothing was evaluated: no version had samples for that, or evaluate-every "
                    + "is 0; mark a source with `plimsoll source add NAME --eval`");
        }
    }

    /** One line a poll, however many there are. */
    private void tellOf(List<Parked> parked) {
        if (!parked.isEmpty()) {
            Parked first = parked.getFirst();
            LOG.warnf(
                    "%s is put into %s: %s%s",
                    first.where(),
                    topics.parked(),
                    first.problem(),
                    parked.size() > 1 ? " (and " + (parked.size() - 1) + " others)" : "");
        }
    }

    private void snapshot() {
        switch (driver.dueSnapshot(snapshot -> output.journal(snapshot, runId).value().length)) {
            case DueSnapshot.None none -> {}
            case DueSnapshot.Write(Transaction transaction) -> write(transaction, List.of());
            case DueSnapshot.TooLarge(int bytes, int maxBytes) ->
                LOG.warnf(
                        "no snapshot is written: the state has %d bytes and the most is %d; a "
                                + "restart replays more",
                        bytes, maxBytes);
        }
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
            case JournalRecord.StepsUndone undone ->
                LOG.warnf("steps after %d are undone: %s", undone.step(), undone.note());
            case JournalRecord.RequestRefused refused ->
                LOG.warnf("request %s is refused: %s", refused.request(), refused.note());
            case JournalRecord.SourceChanged changed ->
                LOG.infof("source %s: %s", changed.name(), changed.note());
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
            case JournalRecord.EvaluationDropped dropped ->
                LOG.warnf(
                        "the evaluation of version %d ends without a figure: %s",
                        dropped.version(), dropped.note());
            case JournalRecord.RunFinished finished ->
                LOG.infof("the run is finished: %s", finished.note());
            case JournalRecord.RunCreated _,
                    JournalRecord.InputsRead _,
                    JournalRecord.SampleAdmitted _,
                    JournalRecord.WorkerReady _,
                    JournalRecord.WorkerDraining _,
                    JournalRecord.LoadLineChanged _,
                    JournalRecord.MemoryLineChanged _,
                    JournalRecord.MemoryCapped _,
                    JournalRecord.MicroBatchWeighed _,
                    JournalRecord.StepOpened _,
                    JournalRecord.MicroBatchDispatched _,
                    JournalRecord.EvaluationOpened _,
                    JournalRecord.Evaluated _,
                    JournalRecord.EvaluationClosed _,
                    JournalRecord.MicroBatchAccepted _,
                    JournalRecord.MicroBatchReturned _,
                    JournalRecord.SampleRejected _,
                    JournalRecord.ContributionAsked _,
                    JournalRecord.ContributionAccepted _,
                    JournalRecord.StepSumming _,
                    JournalRecord.ShardSumAccepted _,
                    JournalRecord.ClipFixed _,
                    JournalRecord.ShardApplyAccepted _,
                    JournalRecord.StepCommitted _,
                    JournalRecord.StateAsked _,
                    JournalRecord.StateSaveAccepted _,
                    JournalRecord.ShardDigestAccepted _,
                    JournalRecord.WorkerDigestAccepted _,
                    JournalRecord.StepDropped _,
                    JournalRecord.PauseChanged _,
                    JournalRecord.CheckpointAsked _,
                    JournalRecord.RollbackAsked _,
                    JournalRecord.CheckpointBegun _,
                    JournalRecord.CheckpointSaveAccepted _,
                    JournalRecord.StepAbandoned _,
                    JournalRecord.RollbackBegun _,
                    JournalRecord.CheckpointRestoreAccepted _,
                    JournalRecord.EpochStarted _,
                    JournalRecord.FinishAsked _,
                    JournalRecord.SnapshotTaken _ -> {}
        }
    }

    @Override
    public void close() {
        finishOffsets.close();
        inputs.close();
        writer.close();
    }
}
