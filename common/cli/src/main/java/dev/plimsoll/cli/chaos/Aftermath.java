package dev.plimsoll.cli.chaos;

import dev.plimsoll.cli.AdapterExport;
import dev.plimsoll.cli.TopicScan;
import dev.plimsoll.cli.audit.AuditLedger;
import dev.plimsoll.cli.audit.AuditLedger.Verdict;
import dev.plimsoll.cli.audit.AuditReader;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a finished run left in its topics.
 *
 * @param latencies by part
 * @param steps from opening to commit
 */
record Aftermath(
        Path root,
        Verdict verdict,
        Map<String, Spread> latencies,
        Spread steps,
        List<Fault> faults,
        List<Crew.Ended> ended,
        Measured measured) {

    /** Each at 10, 50 and 100 percent of the time, and the most. */
    record Measured(
            SortedMap<String, List<Long>> residentBytes,
            SortedMap<String, List<Long>> liveHandles,
            SortedMap<String, List<Long>> topicBytes) {}

    /** Samples that the broker has, of those it acknowledged. */
    long arrived() {
        return verdict.counts().submitted() + verdict.repeats();
    }

    /**
     * Stops all but the broker, reads, exports the adapter, and writes the report by which runs are
     * compared.
     */
    static Aftermath of(Pass pass, Path model, long beginMillis, long endMillis)
            throws IOException {
        Path root = pass.directory().root();
        pass.stopAllButBroker();
        AdapterExport.Exported exported =
                AdapterExport.export(pass.clients(), pass.topics(), model, root.resolve("adapter"));
        AuditLedger ledger = AuditReader.read(pass.clients(), pass.topics());
        Lifetimes lifetimes = lifetimes(pass);
        SortedMap<Long, List<SampleOrigin>> members = ledger.membersByVersion();
        StepMembers.of(pass.follower().steps().values(), members)
                .write(root.resolve("report.json"));
        return new Aftermath(
                root,
                ledger.verdict(exported.run().fleet().shards()),
                Latencies.of(lifetimes, pass.crew().starts(), pass.crew().kills()),
                Spread.of(pass.follower().steps().values().stream()
                        .map(StepRecord::rates)
                        .map(StepRecord.StepRates::stepMillis)
                        .toList()),
                pass.suffered(),
                pass.crew().ended(),
                new Measured(
                        pass.watch().residentBytes().at(beginMillis, endMillis),
                        handles(pass).at(beginMillis, endMillis),
                        pass.watch().topicBytes().at(beginMillis, endMillis)));
    }

    private static Lifetimes lifetimes(Pass pass) {
        Lifetimes lifetimes = new Lifetimes();
        try (JournalReader journal =
                new JournalReader(pass.clients(), pass.topics(), "plimsoll-chaos-journal")) {
            journal.readAll(entry ->
                    entry.fact().ifPresent(fact -> lifetimes.take(entry.atMillis(), fact)));
        }
        return lifetimes;
    }

    private static Footprint handles(Pass pass) {
        Footprint handles = new Footprint();
        TopicScan.read(pass.clients(), pass.topics().telemetry(), record -> {
            if (Wire.TELEMETRY.decode(record)
                    instanceof Decoded.Ok<Telemetry>(Telemetry.WorkerMeasured worker)) {
                handles.add(worker.workerId(), record.timestamp(), worker.liveHandles());
            }
        });
        return handles;
    }
}
