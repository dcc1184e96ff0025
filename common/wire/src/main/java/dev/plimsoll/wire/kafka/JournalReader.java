package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.run.RunSettings;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads a run's journal: what the run is, all facts, or the facts from now on. One thread. */
public final class JournalReader implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(200);

    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader;
    private final PartitionReader partitions;
    private final TopicPartition journal;

    /**
     * One record.
     *
     * @param atMillis when it was written
     * @param isSnapshot whether it is a snapshot, though perhaps of a version that is not known
     *     here
     */
    public record Entry(
            long offset, long atMillis, Decoded<JournalRecord> decoded, boolean isSnapshot) {

        /** Empty when it cannot be read. */
        public Optional<JournalRecord> fact() {
            return decoded instanceof Decoded.Ok<JournalRecord>(JournalRecord fact)
                    ? Optional.of(fact)
                    : Optional.empty();
        }
    }

    public JournalReader(Clients clients, Topics topics, String clientId) {
        this.reader = clients.reader(clientId);
        this.partitions = new PartitionReader(reader);
        this.journal = new TopicPartition(topics.journal(), 0);
    }

    /** Whether the topic exists: no coordinator ever ran under the prefix when it does not. */
    public boolean exists() {
        List<PartitionInfo> found = reader.partitionsFor(journal.topic());
        return found != null && !found.isEmpty();
    }

    /**
     * What the run is; empty when no planner has created one. Throws BrokerProblem when the first
     * record does not say it.
     */
    public Optional<RunSettings> run() {
        return creation().map(created -> created.run);
    }

    /** When the run was created; as {@link #run}. */
    public Optional<Instant> createdAt() {
        return creation().map(created -> Instant.ofEpochMilli(created.atMillis));
    }

    private record Creation(RunSettings run, long atMillis) {}

    private Optional<Creation> creation() {
        if (!exists()) {
            return Optional.empty();
        }
        long beginning = beginning();
        long end = end();
        List<Entry> first = new ArrayList<>();
        // the first offsets may be of a transaction that was aborted
        for (long window = 1; first.isEmpty() && beginning < end; window *= 4) {
            read(beginning, Math.min(beginning + window, end), first::add);
            beginning += window;
        }
        if (first.isEmpty()) {
            return Optional.empty();
        }
        Entry entry = first.getFirst();
        if (entry.fact().orElse(null) instanceof JournalRecord.RunCreated(var run)) {
            return Optional.of(new Creation(run, entry.atMillis()));
        }
        throw new BrokerProblem(
                "the first record of " + journal.topic() + ", at offset " + entry.offset()
                        + ", is not RunCreated; the topic was trimmed or belongs to something "
                        + "else: " + entry.decoded(),
                null);
    }

    /** The same, waiting for a planner to create the run; empty when none does in time. */
    public Optional<RunSettings> awaitRun(Duration patience) {
        long begin = System.nanoTime();
        Optional<RunSettings> run = run();
        while (run.isEmpty() && System.nanoTime() - begin < patience.toNanos()) {
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
            run = run();
        }
        return run;
    }

    public long beginning() {
        return partitions.beginning(journal);
    }

    /** The end of what is committed now. */
    public long end() {
        return partitions.end(journal);
    }

    /**
     * The committed records in [from, to). Throws Kafka's TimeoutException when nothing moves for a
     * minute.
     */
    public void read(long from, long to, Consumer<Entry> sink) {
        partitions.read(journal, from, to, record -> sink.accept(entry(record)));
    }

    /** All that is committed at the time of the call. */
    public void readAll(Consumer<Entry> sink) {
        read(beginning(), end(), sink);
    }

    /** From here on {@link #poll} gives what is committed after this call. */
    public void follow() {
        reader.assign(List.of(journal));
        reader.seek(journal, end());
    }

    /** What came since the last call, in order; after {@link #follow}. */
    public List<Entry> poll(Duration patience) {
        List<Entry> entries = new ArrayList<>();
        reader.poll(patience).forEach(record -> entries.add(entry(record)));
        return entries;
    }

    private static Entry entry(ConsumerRecord<byte[], byte[]> record) {
        Decoded<JournalRecord> decoded = Wire.JOURNAL.decode(record);
        boolean isSnapshot = switch (decoded) {
            case Decoded.Ok<JournalRecord>(JournalRecord fact) ->
                fact instanceof JournalRecord.SnapshotTaken;
            case Decoded.Malformed<JournalRecord> unknown ->
                Wire.JOURNAL.names(JournalRecord.SnapshotTaken.class, record);
        };
        return new Entry(record.offset(), record.timestamp(), decoded, isSnapshot);
    }

    @Override
    public void close() {
        reader.close();
    }
}
