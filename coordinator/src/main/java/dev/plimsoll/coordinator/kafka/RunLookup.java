package dev.plimsoll.coordinator.kafka;

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
import java.util.Optional;

/** Finds what a run is: the journal's first record says so. */
public final class RunLookup {

    private RunLookup() {}

    /** Empty when the journal is. */
    public static Optional<RunSettings> find(Clients clients, Topics topics) {
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-run-lookup")) {
            TopicPartition journal = new TopicPartition(topics.journal(), 0);
            PartitionReader partitions = new PartitionReader(reader);
            if (partitions.beginning(journal) >= partitions.end(journal)) {
                return Optional.empty();
            }
            return Optional.of(first(reader, journal, Duration.ofSeconds(60)));
        }
    }

    /** Waits until a planner has created the run, or the thread is interrupted. */
    public static RunSettings await(Clients clients, Topics topics) {
        while (true) {
            Optional<RunSettings> found = find(clients, topics);
            if (found.isPresent()) {
                return found.get();
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new org.apache.kafka.common.errors.InterruptException(e);
            }
        }
    }

    private static RunSettings first(
            Consumer<byte[], byte[]> reader, TopicPartition journal, Duration patience) {
        reader.assign(List.of(journal));
        reader.seekToBeginning(List.of(journal));
        long deadline = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < deadline) {
            for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(100))) {
                return run(record);
            }
        }
        throw new org.apache.kafka.common.errors.TimeoutException(
                "no record of " + journal + " could be read");
    }

    private static RunSettings run(ConsumerRecord<byte[], byte[]> record) {
        if (Wire.JOURNAL.decode(record) instanceof Decoded.Ok<JournalRecord>(var value)
                && value instanceof JournalRecord.RunCreated(RunSettings run)) {
            return run;
        }
        throw new IllegalStateException(
                "the first record of " + record.topic() + ", at offset " + record.offset()
                        + ", is not RunCreated; the topic was trimmed or belongs to something "
                        + "else");
    }
}
