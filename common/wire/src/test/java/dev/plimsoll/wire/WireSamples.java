package dev.plimsoll.wire;

import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.SourcePosition;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.journal.TimedMicroBatch;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.EvaluationSettings;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.FoldSettings;
import dev.plimsoll.wire.run.GradientDtype;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LongSamples;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunIdentity;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.run.UntoldFields;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One instance of every record that travels, with values that a wrong mapping would show. */
public final class WireSamples {

    static final RunSettings RUN = new RunSettings(
            "run-1",
            new RunSettings.ModelIdentity("tiny-llama", "ab12", 40_960),
            new LoraSettings(8, 16, false, EnumSet.of(Projection.Q_PROJ, Projection.DOWN_PROJ)),
            new StepSettings(16, 0, Duration.ofSeconds(30), 20, 42),
            new OptimizerSettings(
                    new LearningRate(2e-4, LearningRate.Schedule.COSINE, 2, 20),
                    0.9,
                    0.999,
                    1e-8,
                    0.01,
                    1.0),
            new FleetSettings(
                    2, 4096, 8192, Duration.ofSeconds(10), LongSamples.TRUNCATE, UntoldFields.DROP),
            new FoldSettings(GradientDtype.BF16, 16),
            new RunStart("cd34", 30, 31),
            new EvaluationSettings(10, 500, false),
            new RunIdentity(
                    "0f".repeat(32),
                    "hK3mZ8wQRj2v7p5cXnB4Lg",
                    new TreeMap<>(Map.of("tokenizer.json", "ef56"))));

    private static final Attempt ATTEMPT = new Attempt(7, 3);
    private static final Attempt EVALUATING = Attempt.ofEvaluation(8);
    private static final MemoryPlan PLAN = new MemoryPlan(2, 1024, 0);
    private static final MemoryPlan PLAN_OF_TWO_CARDS = new MemoryPlan(
            0, 1024, 0, 0, 1, 4096, List.of(new CardPart(2, 1), new CardPart(0, 0)), true);
    private static final SequenceRef SEQUENCE = new SequenceRef(120, 900, 700, 1);
    private static final MemoryMeasures MEMORY = new MemoryMeasures(1, 2, 3, 4, 5, 6);
    private static final MemoryMeasures MEMORY_OF_TWO_CARDS =
            MemoryMeasures.of(List.of(MEMORY, new MemoryMeasures(7, 8, 9, 10, 11, 12)));
    private static final TrainMeasures MEASURES = new TrainMeasures(900, 1L << 30, 1_200, 2_400);
    private static final TrainMeasures MEASURES_OF_TWO_CARDS =
            new TrainMeasures(900, 3L << 30, 1_200, 2_400, List.of(1L << 30, 2L << 30), true);
    private static final WorkerDevice TWO_CARDS = new WorkerDevice(
            "cuda",
            "H100 and L4",
            "bf16",
            7L << 30,
            List.of(
                    new WorkerCard(0, "H100", 5L << 30, 0, 20, true, false),
                    new WorkerCard(3, "L4", 2L << 30, 20, 12, false, true)));
    private static final SampleOrigin ORIGIN = new SampleOrigin(0, 118);
    private static final ContributionRef CONTRIBUTION =
            new ContributionRef(9, "worker-1", 4, List.of(7L), List.of(new ChunkSpan(0, 10, 12)));
    private static final ContributionManifest MANIFEST = new ContributionManifest(
            9,
            "worker-1",
            4,
            3,
            List.of(new ContributionManifest.TrainedAttempt(7, List.of(120L, 121L))));

    private static final StatePlace PLACE = new StatePlace(0, 30, 40);
    private static final AheadNumbers AHEAD = new AheadNumbers(700, 2e-4, 4);
    private static final SumSource SOURCE =
            new SumSource(true, 3, List.of(new ChunkSpan(0, 20, 22, "1f-7")), List.of(9L, 10L));

    private WireSamples() {}

    static List<Command> commands() {
        return List.of(
                new Command.Admitted("worker-1", "i-1", 1, 4, 3, RUN, List.of(PLACE)),
                new Command.Refused(
                        "worker-1", "i-1", RefusalReason.MODEL_DIFFERS, "another model"),
                new Command.VersionCommitted(3, 4),
                new Command.TrainMicroBatch(
                        "worker-1", 4, ATTEMPT, 3, List.of(SEQUENCE), PLAN_OF_TWO_CARDS),
                new Command.EvaluateMicroBatch(
                        "worker-1", 4, EVALUATING, 4, List.of(SEQUENCE), PLAN),
                new Command.Recall("worker-1", 4, ATTEMPT),
                new Command.Drain("worker-1", 4, "by cli"),
                new Command.CapMemory("worker-1", 4, 5L << 30),
                new Command.Contribute("worker-1", 4, 9, 3, List.of(7L), Optional.of(AHEAD)),
                new Command.ExpectContributions(
                        3, 3, List.of(9L, 10L), List.of(new ChunkSpan(0, 10, 12))),
                new Command.ApplyStep(3, 3, List.of(CONTRIBUTION), 700),
                new Command.FixClip(3, 1.5, 0.001, 2e-4, 4, 4, Optional.of(SOURCE)),
                new Command.SaveState(4),
                new Command.SaveCheckpoint("before-new-data", 4),
                new Command.RestoreCheckpoint("before-new-data", 4, 9),
                new Command.FinishRun("20 steps are done"));
    }

    static List<Report> reports() {
        return List.of(
                new Report.Joined("worker-1", "i-1", "ab12", TWO_CARDS),
                new Report.Ready("worker-1", 4, 3),
                new Report.MicroBatchTrained(
                        "worker-1", 4, ATTEMPT, 812.5, 700, MEASURES_OF_TWO_CARDS),
                new Report.MicroBatchEvaluated("worker-1", 4, EVALUATING, 4, 812.25, 700, MEASURES),
                new Report.MicroBatchFailed(
                        "worker-1", 4, ATTEMPT, FailureReason.OUT_OF_MEMORY, "no room", 1024, 1),
                new Report.Contributed(
                        "worker-1", 4, 9, 3, List.of(7L), List.of(new ChunkSpan(0, 10, 12))),
                new Report.Heartbeat("worker-1", 4, 7, 5),
                new Report.MemoryRead("worker-1", 4, MEMORY_OF_TWO_CARDS),
                new Report.Draining("worker-1", 4, "asked to stop"),
                new Report.Left("worker-1", 4, "asked to stop"),
                new Report.ShardReady(0, 3),
                new Report.ShardSummed(
                        0, 3, List.of(9L), 2.25, Optional.of(new ChunkSpan(0, 20, 22, "1f-7"))),
                new Report.ContributionUnusable(0, 3, 9, "chunk 1 is missing"),
                new Report.ShardApplied(0, 3, 4, -77),
                new Report.StateSaved(0, 4, PLACE),
                new Report.VersionHeld("worker-1", 4, 4, -78),
                new Report.CheckpointSaved(0, "before-new-data", 4),
                new Report.CheckpointRestored(0, "before-new-data", 10));
    }

    static List<Telemetry> telemetry() {
        return List.of(
                new Telemetry.MicroBatchMeasured("worker-1", 4, ATTEMPT, MEASURES, MEMORY),
                new Telemetry.WorkerMeasured("worker-1", 4, 1234.5, 17, MEMORY, 1L << 30),
                new Telemetry.SourcesMeasured(
                        "run-1",
                        new TreeMap<>(java.util.Map.of(
                                "news",
                                new SourceMeasures(SourceStatus.PAUSED, 3, 40, 100, 2, true)))),
                new Telemetry.CoordinatorBeat("run-1", "c-1", 12));
    }

    static List<Control> control() {
        return List.of(
                new Control.Finish("cli"),
                new Control.Pause("cli"),
                new Control.Resume("cli"),
                new Control.Checkpoint("before-new-data", "r-1", "cli"),
                new Control.Rollback("before-new-data", "r-2", "cli"),
                new Control.AddSource("news", 3, "r-3", "cli", true),
                new Control.PauseSource("news", "r-4", "cli"),
                new Control.ResumeSource("news", "r-5", "cli"),
                new Control.RemoveSource("news", "r-6", "cli"),
                new Control.WeighSource("news", 5, "r-7", "cli"),
                new Control.DrainWorker("worker-1", "r-8", "cli"),
                new Control.CapMemory("worker-1", 5L << 30, "r-9", "cli"));
    }

    static List<JournalRecord> journal() {
        return List.of(
                new JournalRecord.RunCreated(RUN),
                new JournalRecord.InputsRead(new TreeMap<>(java.util.Map.of("reports-0", 17L))),
                new JournalRecord.SampleAdmitted(SEQUENCE, "sample-1", ORIGIN, "news"),
                new JournalRecord.SourceChanged(
                        "news", SourceStatus.ACTIVE, 3, "r-3", "added with weight 3 by cli", true),
                new JournalRecord.InputLost("tokenized-0", 5, 9),
                new JournalRecord.WorkerAdmitted("worker-1", "i-1", 1, 4, TWO_CARDS),
                new JournalRecord.WorkerReady("worker-1", 4),
                new JournalRecord.EpochStarted(1),
                new JournalRecord.WorkerDraining(
                        "worker-1", 4, "the node is needed", Optional.of("r-8")),
                new JournalRecord.WorkerLost("worker-1", 4, "silent for 10 s"),
                new JournalRecord.LoadLineChanged("worker-1", 2048, "out of memory"),
                new JournalRecord.MemoryLineChanged(
                        "worker-1", 5_000, 9_000, 1_700_000_000_000L, "others hold more", 1),
                new JournalRecord.MemoryCapped("worker-1", 5L << 30, "r-9", "5 GiB by cli"),
                new JournalRecord.MicroBatchWeighed(
                        "cuda H100 bf16",
                        3_000,
                        3_100,
                        512.5,
                        77,
                        Optional.of(new TimedMicroBatch(PLAN, 1.25, 410, 90_100, 75))),
                new JournalRecord.StepOpened(
                        3,
                        List.of(120L, 121L),
                        1_700_000_000_000L,
                        "full",
                        new TreeMap<>(java.util.Map.of("news", 1L << 46))),
                new JournalRecord.MicroBatchDispatched(
                        ATTEMPT, "worker-1", 4, List.of(120L), PLAN, 75),
                new JournalRecord.MicroBatchAccepted(ATTEMPT, 812.5, 700),
                new JournalRecord.MicroBatchReturned(ATTEMPT, FailureReason.NON_FINITE, "NaN", 1),
                new JournalRecord.SampleRejected(120, RejectionReason.NON_FINITE, "NaN alone"),
                new JournalRecord.ContributionAsked(
                        9, "worker-1", 4, 3, List.of(7L), Optional.of(AHEAD)),
                new JournalRecord.ContributionAccepted(CONTRIBUTION),
                new JournalRecord.ContributionVoided(9, "other attempts"),
                new JournalRecord.StepSumming(3, List.of(9L), 700),
                new JournalRecord.ShardSumAccepted(
                        0, 3, 2.25, Optional.of(new ChunkSpan(0, 20, 22, "1f-7"))),
                new JournalRecord.ClipFixed(3, 1.5, 0.001, 2e-4),
                new JournalRecord.ShardApplyAccepted(0, 3, 4),
                new JournalRecord.StepCommitted(3, 4, 4, Optional.of(SOURCE)),
                new JournalRecord.StepsUndone(3, "contribution 9 is void"),
                new JournalRecord.StateAsked(4),
                new JournalRecord.StateSaveAccepted(0, 4, PLACE),
                new JournalRecord.ShardDigestAccepted(0, 4, -77),
                new JournalRecord.WorkerDigestAccepted("worker-1", 4, 4, -78),
                new JournalRecord.EvaluationOpened(
                        4, List.of(122L, 123L), 1_700_000_000_000L, "after 4 steps"),
                new JournalRecord.Evaluated(EVALUATING, 812.25, 700),
                new JournalRecord.EvaluationClosed(4, 1.16, 3.19, 700, 2, true),
                new JournalRecord.EvaluationDropped(4, "rollback to before-new-data"),
                new JournalRecord.StepDropped(3, "all rejected"),
                new JournalRecord.PauseChanged(true, "cli"),
                new JournalRecord.CheckpointAsked("before-new-data", "r-1", "by cli"),
                new JournalRecord.RollbackAsked("before-new-data", "r-2", "by cli"),
                new JournalRecord.RequestRefused("r-3", "there is no checkpoint 'nothing'"),
                new JournalRecord.CheckpointBegun(
                        "before-new-data",
                        4,
                        4,
                        new DataPosition(
                                0,
                                122,
                                new TreeMap<>(java.util.Map.of(
                                        "news", new SourcePosition(122, 1L << 46))))),
                new JournalRecord.CheckpointSaveAccepted(0, "before-new-data", 4),
                new JournalRecord.CheckpointTaken("before-new-data", 4),
                new JournalRecord.CheckpointExpired(
                        "before-new-data", "too much was trained since"),
                new JournalRecord.StepAbandoned(9, "rollback to before-new-data"),
                new JournalRecord.RollbackBegun("before-new-data", 9),
                new JournalRecord.CheckpointRestoreAccepted(0, "before-new-data", 10),
                new JournalRecord.RolledBack("before-new-data", 4, 10),
                new JournalRecord.FinishAsked("cli"),
                new JournalRecord.RunFinished("20 steps are done"),
                new JournalRecord.SnapshotTaken("{}"));
    }

    static List<Object> others() {
        return List.of(
                new StepRecord(
                        3,
                        4,
                        1.16,
                        new StepRecord.StepCounts(900, 700, 2, 1, 1),
                        new StepRecord.StepRates(1.5, 2e-4, 812, 1108.4),
                        List.of("worker-1: ceiling 2048 tokens")),
                new EvaluationRecord(
                        4,
                        4,
                        1.16,
                        3.19,
                        true,
                        new EvaluationRecord.EvaluationCounts(900, 700, 2, 1, 1),
                        812,
                        List.of("worker-1 returned 2 sequences")),
                new RejectedSample(
                        "sample-2",
                        ORIGIN,
                        "train.jsonl:17",
                        RejectionReason.NOT_JSON,
                        "not JSON",
                        new RejectedSample.Content("ff00", "{oops")),
                MANIFEST,
                new ShardManifest(
                        0, 3, 4, List.of(123456789L), List.of(MANIFEST), Optional.empty(), -77));
    }

    public static List<Object> all() {
        List<Object> all = new ArrayList<>();
        all.addAll(commands());
        all.addAll(reports());
        all.addAll(telemetry());
        all.addAll(control());
        all.addAll(journal());
        all.addAll(others());
        return all;
    }
}
