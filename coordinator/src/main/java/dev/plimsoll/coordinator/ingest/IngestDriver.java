package dev.plimsoll.coordinator.ingest;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Drives ingest around its {@link IngestCore}: what was read and committed goes in; transactions to
 * write and positions to read from come out. Pure: no client, no clock, no thread; the Kafka shell
 * and the simulation drive this same class.
 *
 * <p>The order: {@link #tokenizedRead} and {@link #rejectedRead} for all that is durable, after the
 * predecessor was fenced; {@link #opened}; then {@link #assigned}, {@link #samplesRead} and
 * {@link #renewal} in any order. Each transaction is written and {@link #committed} before anything
 * else; when that fails the process ends and the next one folds what is durable. Anything out of
 * order is a bug and throws IllegalStateException. Not safe for use by several threads.
 */
public final class IngestDriver {

    private final IngestCore core;
    private final DeletionWatch deletions = new DeletionWatch();
    /** Those that are read, and their beginnings when they were taken over. */
    private final SortedMap<Integer, Long> partitions = new TreeMap<>();

    private boolean isOpen;
    private Optional<IngestTransaction> awaited = Optional.empty();

    public IngestDriver(IngestCore core) {
        this.core = core;
    }

    /**
     * The ends of the partitions of {@code samples}: a record that is durable and names an origin
     * behind them is of nothing that was submitted, and is passed over.
     */
    public void submittedTo(Map<Integer, Long> ends) {
        requireNotOpen();
        core.submittedTo(ends);
    }

    /** A durable record of the topic {@code tokenized}, by whomever. */
    public void tokenizedRead(ConsumerRecord<byte[], byte[]> record) {
        requireNotOpen();
        core.tokenized(record);
    }

    /** A durable record of the topic {@code samples.rejected}, by whomever. */
    public void rejectedRead(ConsumerRecord<byte[], byte[]> record) {
        requireNotOpen();
        core.rejected(record);
    }

    /**
     * Everything durable was read. The answer commits what the records say beyond the group's
     * offsets, and the others once more, so that they do not expire.
     *
     * @param groupOffsets of the partitions of {@code samples}; those that have expired are missing
     * @param openFrom what was committed with them, see {@link IngestTransaction#openFrom}; the
     *     group's offset itself where nothing was
     */
    public Optional<IngestTransaction> opened(
            Map<Integer, Long> groupOffsets, Map<Integer, Long> openFrom) {
        requireNotOpen();
        isOpen = true;
        groupOffsets.forEach((partition, offset) ->
                core.committed(partition, offset, openFrom.getOrDefault(partition, offset)));
        return renewal();
    }

    /** Where all samples are complete. */
    public Optional<IngestTransaction> opened(Map<Integer, Long> groupOffsets) {
        return opened(groupOffsets, groupOffsets);
    }

    /**
     * The same offsets once more, so that they do not expire in quiet days: a Finish would wait for
     * them. Ask more often than the broker's offsets.retention.minutes, seven days by default.
     */
    public Optional<IngestTransaction> renewal() {
        return write(core.renewal());
    }

    /** What {@link #assigned} books as lost, given the same beginnings. */
    public SortedMap<Integer, IngestCore.Gap> gaps(Map<Integer, Long> beginnings) {
        return core.gaps(beginnings);
    }

    /**
     * The partitions are read from now on. The answer books as lost what was deleted before it was
     * read; afterwards {@link #positions} says where to begin.
     *
     * @param beginnings the first offset that each partition of {@code samples} still has
     */
    public Optional<IngestTransaction> assigned(Map<Integer, Long> beginnings) {
        requireIdle();
        partitions.clear();
        partitions.putAll(beginnings);
        return write(core.deleted(beginnings));
    }

    /**
     * From where each partition that is read is to be read: behind what is durably dealt with, or
     * before it where parts of samples lie that are not complete.
     */
    public SortedMap<Integer, Long> positions() {
        requireIdle();
        SortedMap<Integer, Long> positions = new TreeMap<>();
        partitions.forEach((partition, beginning) -> positions.put(
                partition,
                Math.min(
                        core.nextOffset(partition),
                        Math.max(beginning, core.openFrom(partition)))));
        return positions;
    }

    /** The offset of {@code samples} up to which the partition is dealt with. */
    public long nextOffset(int partition) {
        return core.nextOffset(partition);
    }

    /** Records of {@code samples}; those dealt with before are skipped. */
    public Optional<IngestTransaction> samplesRead(
            Iterable<ConsumerRecord<byte[], byte[]>> records) {
        requireIdle();
        IngestTransaction decided = core.decide(records);
        if (decided.nextOffsets().isEmpty()) {
            // what was read again makes nothing durable; parts of samples are known again
            core.apply(decided);
        }
        return write(decided);
    }

    /** All of it is durable. */
    public void committed(IngestTransaction transaction) {
        if (awaited.filter(is -> is == transaction).isEmpty()) {
            throw new IllegalStateException(
                    transaction.nextOffsets() + " were committed, but ingest awaits "
                            + awaited.map(IngestTransaction::nextOffsets));
        }
        awaited = Optional.empty();
        core.apply(transaction);
    }

    /**
     * Notices samples that are deleted while they wait to be read: nobody reads on then, and the
     * process is to end with what this says.
     *
     * @param beginnings as in {@link #assigned}; empty when the broker does not say
     */
    public Optional<String> look(Map<Integer, Long> beginnings) {
        requireIdle();
        SortedMap<Integer, Long> readTo = new TreeMap<>();
        partitions.forEach((partition, beginning) ->
                readTo.put(partition, Math.max(beginning, core.readTo(partition))));
        return deletions.look(readTo, beginnings);
    }

    private Optional<IngestTransaction> write(IngestTransaction transaction) {
        requireIdle();
        if (transaction.nextOffsets().isEmpty()) {
            return Optional.empty();
        }
        awaited = Optional.of(transaction);
        return awaited;
    }

    private void requireNotOpen() {
        if (isOpen) {
            throw new IllegalStateException("ingest is open: what is durable was read before");
        }
    }

    private void requireIdle() {
        if (!isOpen) {
            throw new IllegalStateException("ingest has not read yet what is durable");
        }
        if (awaited.isPresent()) {
            throw new IllegalStateException(
                    "the transaction up to " + awaited.get().nextOffsets()
                            + " was neither committed nor has it ended this process");
        }
    }
}
