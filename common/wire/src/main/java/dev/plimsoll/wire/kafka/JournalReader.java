package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.journal.JournalPlace;
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

/**
 * Reads a run's journal: what the run is, all facts, or the facts from now on. Where the run has a
 * seal, only its planners' records are facts, each once: whatever else lies between them is told as
 * foreign, and a record that is missing as a gap. One thread.
 */
public final class JournalReader implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(200);

    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader;
    private final PartitionReader partitions;
    private final TopicPartition journal;

    /** Of one reading. */
    private JournalOrder order = new JournalOrder(Optional.empty(), false);

    private Optional<Seal> seal = Optional.empty();
    private boolean known;

    /**
     * One record.
     *
     * @param atMillis when it was written
     * @param isSnapshot whether it is a snapshot, though perhaps of a version that is not known
     *     here
     * @param foreign why it is not one of the run's planners; it is to be passed over then
     * @param gap what is missing before it
     * @param place empty where the run has no seal, and of what is foreign
     */
    public record Entry(
            long offset,
            long atMillis,
            Decoded<JournalRecord> decoded,
            boolean isSnapshot,
            Optional<String> foreign,
            Optional<String> gap,
            Optional<JournalPlace> place) {

        /** Empty when it cannot be read, or is foreign. */
        public Optional<JournalRecord> fact() {
            return foreign.isEmpty() && decoded instanceof Decoded.Ok<JournalRecord>(var fact)
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

    /** What lies before the run's creation, written by others, is passed over up to here. */
    private static final int MOST_BEFORE = 10_000;

    /** Of what lies there only the first is kept: each may have a megabyte. */
    private static final class Before {
        private ConsumerRecord<byte[], byte[]> first;
        private int count;

        void take(ConsumerRecord<byte[], byte[]> record) {
            first = count == 0 ? record : first;
            count++;
        }
    }

    private Optional<Creation> creation() {
        if (!exists()) {
            return Optional.empty();
        }
        Before before = new Before();
        Creation[] found = new Creation[1];
        long from = beginning();
        long end = end();
        // the first offsets may be of a transaction that was aborted
        for (long window = 1;
                found[0] == null && from < end && before.count < MOST_BEFORE;
                window *= 4) {
            partitions.read(journal, from, Math.min(from + window, end), record -> {
                if (found[0] == null) {
                    found[0] = creation(record);
                    if (found[0] == null
                            && Wire.JOURNAL.decode(record) instanceof Decoded.Ok<JournalRecord>) {
                        before.take(record);
                    }
                }
            });
            from += window;
        }
        if (found[0] == null) {
            if (before.count == 0) {
                return Optional.empty();
            }
            throw notOurs(before.first);
        }
        String key = found[0].run.identity().seal();
        if (key.isEmpty() && before.count > 0) {
            throw notOurs(before.first);
        }
        seal = key.isEmpty() ? Optional.empty() : Optional.of(new Seal(key));
        known = true;
        return Optional.of(found[0]);
    }

    /** Null when it is not the creation of a run, sealed with the run's own key. */
    private static Creation creation(ConsumerRecord<byte[], byte[]> record) {
        if (Wire.JOURNAL.decode(record) instanceof Decoded.Ok<JournalRecord>(var fact)
                && fact instanceof JournalRecord.RunCreated(RunSettings run)) {
            String key = run.identity().seal();
            boolean own = key.isEmpty()
                    || key.matches("[0-9a-f]{64}")
                            && new Seal(key).problem(record).isEmpty();
            return own ? new Creation(run, record.timestamp()) : null;
        }
        return null;
    }

    private BrokerProblem notOurs(ConsumerRecord<byte[], byte[]> first) {
        return new BrokerProblem(
                "the first record of " + journal.topic() + ", at offset " + first.offset()
                        + ", is not RunCreated; the topic was trimmed or belongs to something "
                        + "else: " + Wire.JOURNAL.decode(first),
                null);
    }

    private void know() {
        if (!known) {
            creation();
        }
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
        know();
        order = new JournalOrder(seal, known);
        partitions.read(journal, from, to, record -> sink.accept(order.entry(record)));
    }

    /** All that is committed at the time of the call. */
    public void readAll(Consumer<Entry> sink) {
        read(beginning(), end(), sink);
    }

    /** From here on {@link #poll} gives what is committed after this call. */
    public void follow() {
        know();
        order = new JournalOrder(seal, known);
        reader.assign(List.of(journal));
        reader.seek(journal, end());
    }

    /** What came since the last call, in order; after {@link #follow}. */
    public List<Entry> poll(Duration patience) {
        List<Entry> entries = new ArrayList<>();
        reader.poll(patience).forEach(record -> entries.add(order.entry(record)));
        return entries;
    }

    /** How many records the planners wrote, by the last one that was read. */
    public long numbered() {
        return order.numbered();
    }

    /** The offset of the last of them; -1 when there is none. */
    public long lastOffset() {
        return order.lastOffset();
    }

    @Override
    public void close() {
        reader.close();
    }
}
