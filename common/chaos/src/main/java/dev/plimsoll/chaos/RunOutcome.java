package dev.plimsoll.chaos;

import dev.plimsoll.audit.AuditLedger;
import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.chaos.measure.DurationSummary;
import dev.plimsoll.chaos.measure.Latencies;
import dev.plimsoll.chaos.measure.UsageHistory;
import dev.plimsoll.chaos.measure.WorkerLifetimes;
import dev.plimsoll.chaos.schedule.Disturbance;
import dev.plimsoll.cli.results.AdapterExport;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a finished run left in its topics.
 *
 * @param latencies durations by the part of a join or kill that they measure
 * @param steps how long steps took from opening to commit
 */
record RunOutcome(
        Path root,
        Verdict verdict,
        Map<String, DurationSummary> latencies,
        DurationSummary steps,
        List<Disturbance> disturbances,
        List<ProcessGroup.Ended> ended,
        Measured measured) {

    /**
     * Each list has the value when 10, 50 and 100 percent of the time had passed, and the highest
     * value.
     */
    record Measured(
            SortedMap<String, List<Long>> residentBytes,
            SortedMap<String, List<Long>> liveHandles,
            SortedMap<String, List<Long>> topicBytes) {}

    /** The number of records in the topic samples. */
    long arrived() {
        return verdict.counts().submitted() + verdict.repeats();
    }

    /**
     * Stops all processes but the broker, reads the topics, exports the adapter, and writes the
     * report by which runs are compared.
     */
    static RunOutcome of(SupervisedRun run, Path model, long beginMillis, long endMillis)
            throws IOException {
        Path root = run.directory().root();
        run.stopAllButBroker();
        AdapterExport.Exported exported =
                AdapterExport.export(run.clients(), run.topics(), model, root.resolve("adapter"));
        AuditLedger ledger = AuditReader.read(run.clients(), run.topics());
        WorkerLifetimes lifetimes = lifetimes(run);
        SortedMap<Long, List<SampleOrigin>> members = ledger.membersByVersion();
        StepMembers.of(run.follower().steps().values(), members).write(root.resolve("report.json"));
        return new RunOutcome(
                root,
                ledger.verdict(exported.run().fleet().shards()),
                Latencies.of(lifetimes, run.group().starts(), run.group().kills()),
                DurationSummary.of(run.follower().steps().values().stream()
                        .map(StepRecord::rates)
                        .map(StepRecord.StepRates::stepMillis)
                        .toList()),
                run.done(),
                run.group().ended(),
                new Measured(
                        run.usage().residentBytes().at(beginMillis, endMillis),
                        handles(run, exported.run()).at(beginMillis, endMillis),
                        run.usage().topicBytes().at(beginMillis, endMillis)));
    }

    private static WorkerLifetimes lifetimes(SupervisedRun run) {
        WorkerLifetimes lifetimes = new WorkerLifetimes();
        try (JournalReader journal =
                new JournalReader(run.clients(), run.topics(), "plimsoll-chaos-journal")) {
            journal.readAll(entry ->
                    entry.fact().ifPresent(fact -> lifetimes.take(entry.atMillis(), fact)));
        }
        return lifetimes;
    }

    private static UsageHistory handles(SupervisedRun run, RunSettings settings) {
        UsageHistory handles = new UsageHistory();
        Clients clients = run.clients().of(settings, run.topics());
        TopicScan.read(clients, run.topics().telemetry(), record -> {
            if (Wire.TELEMETRY.decode(record)
                    instanceof Decoded.Ok<Telemetry>(Telemetry.WorkerMeasured worker)) {
                handles.add(worker.workerId(), record.timestamp(), worker.liveHandles());
            }
        });
        return handles;
    }
}
