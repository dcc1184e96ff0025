package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.SubmittedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What ingest decides; it holds no client and reads no clock. Its state is the fold of what ingest
 * wrote: at a start {@link #tokenized}, {@link #rejected} and {@link #committed}, then
 * {@link #apply} of each transaction once it is committed. Deciding changes nothing.
 * {@link IngestDriver} says when.
 */
public final class IngestCore {

    private final Topics topics;
    private final SampleIntake intake;
    private final IngestState state = new IngestState();

    public IngestCore(Topics topics, Function<ParsedSample, TokenizeOutcome> tokenizer) {
        this(topics, tokenizer, OptionalInt.empty());
    }

    /** @param cutAt sequences of more tokens lose their ends */
    public IngestCore(
            Topics topics, Function<ParsedSample, TokenizeOutcome> tokenizer, OptionalInt cutAt) {
        this(topics, tokenizer, cutAt, SubmittedSample.MAX_BYTES);
    }

    /**
     * The same.
     *
     * @param mostBytes larger samples are rejected; at most as many as one in parts may have
     */
    public IngestCore(
            Topics topics,
            Function<ParsedSample, TokenizeOutcome> tokenizer,
            OptionalInt cutAt,
            int mostBytes) {
        this.topics = topics;
        this.intake = new SampleIntake(tokenizer, cutAt, mostBytes);
    }

    /** Ends of the partitions of {@code samples}. */
    void submittedTo(Map<Integer, Long> ends) {
        state.submittedTo(ends);
    }

    /** A committed record of the topic {@code tokenized}, by whomever. */
    public void tokenized(ConsumerRecord<byte[], byte[]> record) {
        state.tokenized(record);
    }

    /** A committed record of the topic {@code samples.rejected}, by whomever. */
    public void rejected(ConsumerRecord<byte[], byte[]> record) {
        state.rejected(record);
    }

    /**
     * What the group's offset says of the partition; where it has expired, the written records say
     * it again, but for {@code openFrom}: then all of the partition is read again.
     *
     * @param openFrom of the samples that are not complete, the offset of the first part; else
     *     {@code nextOffset}
     */
    public void committed(int partition, long nextOffset, long openFrom) {
        state.advance(partition, nextOffset);
        state.openFrom(partition, openFrom);
    }

    /**
     * The offset from which the partition is to be read: before the next one where parts of a
     * sample lie there that is not complete.
     */
    public long openFrom(int partition) {
        return Math.min(state.openFrom(partition), state.nextOffset(partition));
    }

    /**
     * The offset behind the last record of the partition that this process has taken account of.
     */
    long readTo(int partition) {
        return Math.min(state.assemblies(partition).readTo(), state.nextOffset(partition));
    }

    /** The offset of {@code samples} up to which the partition is dealt with. */
    public long nextOffset(int partition) {
        return state.nextOffset(partition);
    }

    /** Per partition, as far as known. */
    SortedMap<Integer, Long> nextOffsets() {
        return state.nextOffsets();
    }

    /**
     * Deals with the records; those dealt with before are skipped, and are not in the transaction's
     * positions.
     */
    public IngestTransaction decide(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        IngestBatch batch = new IngestBatch(topics, intake, state);
        records.forEach(batch::take);
        return batch.transaction();
    }

    /** Offsets of a partition that were deleted before they were read: from, and the one behind. */
    public record Gap(long from, long to) {}

    /** What was deleted before it was read, by partition, given the partitions' beginnings. */
    public SortedMap<Integer, Gap> gaps(Map<Integer, Long> beginnings) {
        SortedMap<Integer, Gap> gaps = new TreeMap<>();
        beginnings.forEach((partition, beginning) -> {
            long next = state.nextOffset(partition);
            if (next < beginning) {
                gaps.put(partition, new Gap(next, beginning));
            }
        });
        return gaps;
    }

    /**
     * What was deleted before it was read, by the partitions' beginnings: one rejection for each
     * gap, and positions behind it. Its origin is the last offset that is lost, so that a start
     * without the group's offsets does not find the gap again.
     */
    public IngestTransaction deleted(Map<Integer, Long> beginnings) {
        List<ProducerRecord<byte[], byte[]>> out = new ArrayList<>();
        SortedMap<Integer, Long> read = new TreeMap<>();
        gaps(beginnings).forEach((partition, gap) -> {
            read.put(partition, gap.to());
            out.add(IngestBatch.toRecord(topics, lost(partition, gap)));
        });
        // parts before a gap are gone too
        return ofOffsets(out, read, new TreeMap<>(read));
    }

    /** The same offsets once more. */
    IngestTransaction renewal() {
        SortedMap<Integer, Long> next = state.nextOffsets();
        SortedMap<Integer, Long> openFrom = new TreeMap<>();
        next.keySet().forEach(partition -> openFrom.put(partition, openFrom(partition)));
        return ofOffsets(List.of(), next, openFrom);
    }

    private static IngestTransaction ofOffsets(
            List<ProducerRecord<byte[], byte[]>> out,
            SortedMap<Integer, Long> next,
            SortedMap<Integer, Long> openFrom) {
        return new IngestTransaction(
                out, next, openFrom, Map.of(), new TreeMap<>(), IngestTransaction.Counts.NONE);
    }

    /** Once it is committed. */
    public void apply(IngestTransaction committed) {
        committed.nextOffsets().forEach(state::advance);
        committed.openFrom().forEach(state::openFrom);
        committed.claims().forEach(state.ids()::claim);
        committed.assemblies().forEach(state::assemblies);
    }

    private RejectedSample lost(int partition, Gap gap) {
        long last = gap.to() - 1;
        String where =
                topics.samples() + "-" + partition + " offsets " + gap.from() + " to " + last;
        return new RejectedSample(
                where,
                new SampleOrigin(partition, last),
                "",
                RejectionReason.DELETED_UNREAD,
                where
                        + " were deleted before they were read: they are lost; submit them "
                        + "again, and raise the retention",
                new RejectedSample.Content("", ""));
    }
}
