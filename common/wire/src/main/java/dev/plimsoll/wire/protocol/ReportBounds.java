package dev.plimsoll.wire.protocol;

import dev.plimsoll.wire.codec.Impossible;

import java.util.List;
import java.util.Optional;

/** What no report can say, whoever sent it. */
final class ReportBounds {

    private ReportBounds() {}

    static Optional<String> impossible(Report report) {
        Impossible impossible = new Impossible();
        switch (report) {
            case Report.OfWorker worker -> ofWorker(worker, impossible);
            case Report.OfShard shard -> ofShard(shard, impossible);
        }
        return impossible.found();
    }

    private static void ofWorker(Report.OfWorker report, Impossible impossible) {
        impossible.id("workerId", report.workerId());
        switch (report) {
            case Report.Joined joined -> {
                impossible
                        .id("incarnation", joined.incarnation())
                        .id("modelHash", joined.modelHash());
                device(joined.device(), impossible);
            }
            case Report.OfGeneration ofGeneration -> {
                impossible.amount("generation", ofGeneration.generation());
                ofGeneration(ofGeneration, impossible);
            }
        }
    }

    private static void device(WorkerDevice device, Impossible impossible) {
        impossible
                .text("kind", device.kind())
                .text("name", device.name())
                .text("precision", device.precision())
                .amount("totalBytes", device.totalBytes());
        CardBounds.device(device, impossible);
    }

    private static void ofGeneration(Report.OfGeneration report, Impossible impossible) {
        switch (report) {
            case Report.Ready ready -> impossible.amount("version", ready.version());
            case Report.MicroBatchTrained trained -> {
                impossible.amount("lossTokens", trained.lossTokens());
                attempt(trained.attempt(), impossible);
                measures(trained.measures(), impossible);
            }
            case Report.MicroBatchEvaluated evaluated -> {
                impossible
                        .amount("version", evaluated.version())
                        .amount("lossTokens", evaluated.lossTokens());
                attempt(evaluated.attempt(), impossible);
                measures(evaluated.measures(), impossible);
            }
            case Report.MicroBatchFailed failed -> {
                impossible.amount("wantedBytes", failed.wantedBytes());
                CardBounds.number("card", failed.card(), impossible);
                attempt(failed.attempt(), impossible);
            }
            case Report.Contributed contributed -> {
                impossible
                        .amount("contribution", contributed.contribution())
                        .amount("step", contributed.step())
                        .items("attempts", contributed.attempts())
                        .items("spans", contributed.spans());
                spans(contributed.spans(), impossible);
            }
            case Report.Heartbeat beat ->
                impossible
                        .amount("attempt", beat.attempt())
                        .amount("layersDone", beat.layersDone());
            case Report.VersionHeld held -> impossible.amount("version", held.version());
            case Report.MemoryRead read -> memory(read.memory(), impossible);
            case Report.Draining _, Report.Left _ -> {}
        }
    }

    private static void ofShard(Report.OfShard report, Impossible impossible) {
        impossible.amount("shard", report.shard());
        switch (report) {
            case Report.ShardReady ready -> impossible.amount("version", ready.version());
            case Report.ShardSummed summed -> {
                impossible
                        .amount("step", summed.step())
                        .items("contributions", summed.contributions());
                summed.published().ifPresent(span -> spans(List.of(span), impossible));
            }
            case Report.ContributionUnusable unusable -> impossible.amount("step", unusable.step());
            case Report.ShardApplied applied -> impossible.amount("version", applied.version());
            case Report.StateSaved saved ->
                impossible
                        .amount("version", saved.version())
                        .amount("adapterOffset", saved.place().adapterOffset())
                        .amount("optimizerOffset", saved.place().optimizerOffset());
            case Report.CheckpointSaved saved ->
                impossible.id("name", saved.name()).amount("version", saved.version());
            case Report.CheckpointRestored restored ->
                impossible.id("name", restored.name()).amount("version", restored.version());
        }
    }

    private static void attempt(Attempt attempt, Impossible impossible) {
        impossible.amount("attempt", attempt.attempt());
        if (!attempt.evaluates()) {
            impossible.amount("step", attempt.step());
        }
    }

    private static void spans(List<ChunkSpan> spans, Impossible impossible) {
        for (ChunkSpan span : spans) {
            impossible.when(
                    span.shard() < 0
                            || span.firstOffset() < 0
                            || span.lastOffset() < span.firstOffset()
                            || span.lastOffset() == Long.MAX_VALUE,
                    "no records lie in " + span);
        }
    }

    static void measures(TrainMeasures measures, Impossible impossible) {
        impossible
                .amount("tokens", measures.tokens())
                .amount("peakBytes", measures.peakBytes())
                .amount("forwardMicros", measures.forwardMicros())
                .amount("backwardMicros", measures.backwardMicros());
        CardBounds.peaks(measures.cardPeakBytes(), impossible);
    }

    static void memory(MemoryMeasures memory, Impossible impossible) {
        impossible
                .amount("usedBytes", memory.usedBytes())
                .amount("peakBytes", memory.peakBytes())
                .amount("reservedBytes", memory.reservedBytes())
                .amount("freeBytes", memory.freeBytes())
                .amount("othersBytes", memory.othersBytes())
                .amount("budgetBytes", memory.budgetBytes());
        CardBounds.memory(memory.cards(), impossible);
    }
}
