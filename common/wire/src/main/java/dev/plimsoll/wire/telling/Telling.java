package dev.plimsoll.wire.telling;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.telling.Happening.Kind;
import dev.plimsoll.wire.telling.Happening.Told;

import java.util.Locale;
import java.util.Optional;

/** Which facts of the journal are told to people, and in which words. */
public final class Telling {

    private Telling() {}

    /** Empty for what is the course of every step. */
    public static Optional<Told> of(JournalRecord fact) {
        return Optional.ofNullable(told(fact));
    }

    private static Told told(JournalRecord fact) {
        return switch (fact) {
            case JournalRecord.RunCreated _ -> Told.of(Kind.RUN, "the run is created");
            case JournalRecord.RunFinished finished ->
                Told.of(Kind.RUN, "the run is finished: " + finished.note());
            case JournalRecord.EpochStarted started ->
                Told.of(Kind.RUN, "epoch " + (started.epoch() + 1) + " begins");
            case JournalRecord.InputLost lost ->
                Told.of(
                        Kind.SAMPLE,
                        lost.input() + " offsets " + lost.fromOffset() + " to "
                                + (lost.toOffset() - 1) + " were deleted before they were read");
            case JournalRecord.SampleRejected rejected ->
                Told.of(
                        Kind.SAMPLE,
                        "sequence " + rejected.ordinal() + " is rejected, " + rejected.reason()
                                + ": " + rejected.note());
            case JournalRecord.WorkerAdmitted admitted ->
                Told.ofWorker(
                        Kind.FLEET,
                        admitted.workerId(),
                        "joins as generation " + admitted.generation() + " on lane "
                                + admitted.lane() + ": " + admitted.device().name() + ", "
                                + admitted.device().precision());
            case JournalRecord.WorkerReady ready ->
                Told.ofWorker(Kind.FLEET, ready.workerId(), "is ready to train");
            case JournalRecord.WorkerDraining draining ->
                new Told(
                        Kind.FLEET,
                        null,
                        draining.workerId(),
                        draining.request().orElse(null),
                        "drains: " + draining.note());
            case JournalRecord.WorkerLost lost ->
                Told.ofWorker(
                        Kind.FLEET,
                        lost.workerId(),
                        "generation " + lost.generation() + " is gone: " + lost.note());
            case JournalRecord.LoadLineChanged changed ->
                Told.ofWorker(
                        Kind.MEMORY,
                        changed.workerId(),
                        "may have " + changed.maxTokens() + " tokens a micro-batch: "
                                + changed.note());
            case JournalRecord.MemoryLineChanged changed ->
                Told.ofWorker(Kind.MEMORY, changed.workerId(), changed.note());
            case JournalRecord.MemoryCapped capped ->
                new Told(Kind.MEMORY, null, capped.workerId(), capped.request(), capped.note());
            case JournalRecord.MicroBatchReturned returned ->
                new Told(
                        Kind.RETRY,
                        returned.attempt().evaluates()
                                ? null
                                : returned.attempt().step(),
                        null,
                        null,
                        "micro-batch " + returned.attempt().attempt() + " is given back, "
                                + returned.reason() + ": " + returned.note());
            case JournalRecord.ContributionVoided voided ->
                Told.of(
                        Kind.RETRY,
                        "contribution " + voided.contribution() + " is void: " + voided.note());
            case JournalRecord.StepsUndone undone ->
                Told.ofStep(
                        Kind.RETRY,
                        undone.step(),
                        "steps opened after this one are undone: " + undone.note());
            case JournalRecord.StepOpened opened ->
                Told.ofStep(
                        Kind.STEP,
                        opened.step(),
                        "opens with " + opened.ordinals().size() + " sequences: " + opened.note());
            case JournalRecord.StepDropped dropped ->
                Told.ofStep(Kind.STEP, dropped.step(), "is dropped: " + dropped.note());
            case JournalRecord.StepAbandoned abandoned ->
                Told.ofStep(Kind.STEP, abandoned.step(), "is abandoned: " + abandoned.note());
            case JournalRecord.EvaluationClosed closed ->
                Told.of(
                        Kind.EVALUATION,
                        String.format(
                                Locale.ROOT,
                                "version %d has loss %.4f, perplexity %.2f on %d samples%s",
                                closed.version(),
                                closed.loss(),
                                closed.perplexity(),
                                closed.samples(),
                                closed.best() ? ": the lowest yet" : ""));
            case JournalRecord.EvaluationDropped dropped ->
                Told.of(
                        Kind.EVALUATION,
                        "the evaluation of version " + dropped.version()
                                + " ends without a figure: " + dropped.note());
            case JournalRecord.PauseChanged pause ->
                Told.of(Kind.REQUEST, (pause.paused() ? "paused: " : "resumed: ") + pause.note());
            case JournalRecord.FinishAsked asked ->
                Told.of(Kind.REQUEST, "finish is asked: " + asked.note());
            case JournalRecord.SourceChanged changed ->
                Told.ofRequest(
                        changed.request(), "source " + changed.name() + ": " + changed.note());
            case JournalRecord.CheckpointAsked asked ->
                Told.ofRequest(
                        asked.request(),
                        "checkpoint " + asked.name() + " is asked: " + asked.note());
            case JournalRecord.RollbackAsked asked ->
                Told.ofRequest(
                        asked.request(),
                        "rollback to " + asked.name() + " is asked: " + asked.note());
            case JournalRecord.RequestRefused refused ->
                Told.ofRequest(refused.request(), "a request is refused: " + refused.note());
            case JournalRecord.CheckpointTaken taken ->
                Told.of(
                        Kind.REQUEST,
                        "checkpoint " + taken.name() + " is version " + taken.version());
            case JournalRecord.CheckpointExpired expired ->
                Told.of(
                        Kind.REQUEST,
                        "checkpoint " + expired.name() + " cannot be rolled back to any more: "
                                + expired.note());
            case JournalRecord.RolledBack back ->
                Told.of(
                        Kind.REQUEST,
                        "version " + back.version() + " is checkpoint " + back.name()
                                + " again, version " + back.ofVersion());
            case JournalRecord.InputsRead _,
                    JournalRecord.SampleAdmitted _,
                    JournalRecord.MicroBatchWeighed _,
                    JournalRecord.MicroBatchDispatched _,
                    JournalRecord.MicroBatchAccepted _,
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
                    JournalRecord.EvaluationOpened _,
                    JournalRecord.Evaluated _,
                    JournalRecord.CheckpointBegun _,
                    JournalRecord.CheckpointSaveAccepted _,
                    JournalRecord.RollbackBegun _,
                    JournalRecord.CheckpointRestoreAccepted _,
                    JournalRecord.SnapshotTaken _ -> null;
        };
    }
}
