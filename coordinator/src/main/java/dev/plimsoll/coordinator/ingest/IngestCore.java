package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.coordinator.ingest.ClaimedIds.Claim;
import dev.plimsoll.coordinator.ingest.IngestTransaction.Counts;
import dev.plimsoll.coordinator.ingest.SampleIntake.Outcome;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        this.topics = topics;
        this.intake = new SampleIntake(tokenizer);
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
     * it again.
     */
    public void committed(int partition, long nextOffset) {
        state.advance(partition, nextOffset);
    }

    /** The offset of {@code samples} from which the partition is to be read. */
    public long nextOffset(int partition) {
        return state.nextOffset(partition);
    }

    /** Per partition, as far as known. */
    public SortedMap<Integer, Long> nextOffsets() {
        return state.nextOffsets();
    }

    /**
     * Deals with the records; those dealt with before are skipped, and are not in the transaction's
     * positions.
     */
    public IngestTransaction decide(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        List<ProducerRecord<byte[], byte[]>> out = new ArrayList<>();
        SortedMap<Integer, Long> read = new TreeMap<>();
        Map<String, String> claims = new LinkedHashMap<>();
        int[] counts = new int[3];
        for (ConsumerRecord<byte[], byte[]> record : records) {
            long next = read.getOrDefault(record.partition(), state.nextOffset(record.partition()));
            if (record.offset() >= next) {
                read.put(record.partition(), record.offset() + 1);
                Outcome outcome = intake.take(record, (id, sha256) -> claim(claims, id, sha256));
                counts[add(outcome, out)]++;
            }
        }
        return new IngestTransaction(
                out, read, claims, new Counts(counts[0], counts[1], counts[2]));
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
            out.add(toRecord(lost(partition, gap)));
        });
        return new IngestTransaction(out, read, Map.of(), Counts.NONE);
    }

    /** Once it is committed. */
    public void apply(IngestTransaction committed) {
        committed.nextOffsets().forEach(state::advance);
        committed.claims().forEach(state.ids()::claim);
    }

    /** The transaction's own claims are not in the state before they are committed. */
    private Claim claim(Map<String, String> claims, String id, String sha256) {
        String before = claims.get(id);
        if (before != null) {
            return before.equals(sha256) ? Claim.SAME_CONTENT : Claim.OTHER_CONTENT;
        }
        Claim claim = state.ids().look(id, sha256);
        if (claim == Claim.NEW) {
            claims.put(id, sha256);
        }
        return claim;
    }

    private int add(Outcome outcome, List<ProducerRecord<byte[], byte[]>> out) {
        return switch (outcome) {
            case Outcome.Train(var sample) -> {
                out.addAll(sample.toRecords(topics.tokenized()));
                yield 0;
            }
            case Outcome.Reject(var sample) -> {
                out.add(toRecord(sample));
                yield 1;
            }
            case Outcome.Repeat repeat -> 2;
        };
    }

    private ProducerRecord<byte[], byte[]> toRecord(RejectedSample sample) {
        SampleOrigin origin = sample.origin();
        String eventId = origin.partition() + "-" + origin.offset();
        return Wire.REJECTED.toRecord(
                topics.rejected(), 0, sample.sampleId(), sample, "ingest", eventId);
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
