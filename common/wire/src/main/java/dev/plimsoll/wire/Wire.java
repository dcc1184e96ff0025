package dev.plimsoll.wire;

import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.Map;

/** Every family of JSON records that crosses Kafka, with its codec. */
public final class Wire {

    public static final WireCodec<Command> COMMANDS = new WireCodec<>(Command.class);
    public static final WireCodec<Report> REPORTS = new WireCodec<>(Report.class);
    public static final WireCodec<Telemetry> TELEMETRY = new WireCodec<>(Telemetry.class);
    public static final WireCodec<Control> CONTROL = new WireCodec<>(Control.class);
    public static final WireCodec<JournalRecord> JOURNAL = new WireCodec<>(JournalRecord.class);
    public static final WireCodec<StepRecord> STEPS = new WireCodec<>(StepRecord.class);
    public static final WireCodec<EvaluationRecord> EVALUATIONS =
            new WireCodec<>(EvaluationRecord.class);
    public static final WireCodec<RejectedSample> REJECTED = new WireCodec<>(RejectedSample.class);
    public static final WireCodec<ContributionManifest> CONTRIBUTION_MANIFESTS =
            new WireCodec<>(ContributionManifest.class);
    public static final WireCodec<ShardManifest> SHARD_MANIFESTS =
            new WireCodec<>(ShardManifest.class);

    private Wire() {}

    /** By the interface or record that is the family. */
    public static Map<Class<?>, WireCodec<?>> families() {
        return Map.of(
                Command.class, COMMANDS,
                Report.class, REPORTS,
                Telemetry.class, TELEMETRY,
                Control.class, CONTROL,
                JournalRecord.class, JOURNAL,
                StepRecord.class, STEPS,
                EvaluationRecord.class, EVALUATIONS,
                RejectedSample.class, REJECTED,
                ContributionManifest.class, CONTRIBUTION_MANIFESTS,
                ShardManifest.class, SHARD_MANIFESTS);
    }
}
