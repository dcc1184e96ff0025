package dev.plimsoll.cli;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.RunSettings;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** What the run is, from the journal's first record. */
final class RunLookup {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private RunLookup() {}

    static RunSettings read(Clients clients, Topics topics) {
        AtomicReference<RunSettings> run = new AtomicReference<>();
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-journal")) {
            List<TopicPartition> partitions = TopicScan.partitions(reader, topics.journal());
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (run.get() == null && System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
                    if (Wire.JOURNAL.decode(record)
                            instanceof
                            Decoded.Ok<JournalRecord>(JournalRecord.RunCreated created)) {
                        run.compareAndSet(null, created.run());
                    }
                }
            }
        }
        if (run.get() == null) {
            throw new CliProblem(
                    ExitCode.INPUT,
                    "no run was ever created under prefix '" + topics.prefix()
                            + "'; start a coordinator there, or give another --prefix");
        }
        return run.get();
    }
}
