package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.coordinator.ingest.SampleIntake.Outcome;
import dev.plimsoll.coordinator.kafka.PartitionReader;
import dev.plimsoll.coordinator.kafka.TransactionalWriter;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.WireCodec;
import dev.plimsoll.wire.kafka.Clients;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The exclusive right to turn samples into sequences. Opening it fences the holder before, then reads what that one
 * made durable. Each batch is one transaction: sequences, rejections, and how far {@code samples} was read, as offsets
 * of the group {@code <prefix>-ingest} (for the planner's Finish and for lag monitors; where the group's offsets have
 * expired, the written records say it again). An exception from {@link #accept} ends the session for good.
 */
public final class IngestSession implements AutoCloseable {

    /** What one batch became. */
    public record Counts(int trained, int rejected, int repeated) {}

    private final Topics topics;
    private final TransactionalWriter writer;
    private final IngestState state;
    private final SampleIntake intake;

    private IngestSession(
            Topics topics,
            TransactionalWriter writer,
            IngestState state,
            Function<ParsedSample, TokenizeOutcome> tokenizer) {
        this.topics = topics;
        this.writer = writer;
        this.state = state;
        this.intake = new SampleIntake(tokenizer, state.ids());
    }

    public static IngestSession open(
            Clients clients, Topics topics, Function<ParsedSample, TokenizeOutcome> tokenizer) {
        TransactionalWriter writer = new TransactionalWriter(clients, topics.prefix() + "-ingest");
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-ingest-reader");
                Admin admin = clients.admin("plimsoll-ingest-admin")) {
            IngestState state = IngestState.read(new PartitionReader(reader), topics);
            committed(admin, topics).forEach((partition, offset) -> state.advance(partition.partition(), offset));
            IngestSession session = new IngestSession(topics, writer, state, tokenizer);
            session.renew();
            return session;
        } catch (RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    /** Per partition of {@code samples}, the offset up to which ingest has durably dealt with everything. */
    public static Map<TopicPartition, Long> committed(Admin admin, Topics topics) {
        try {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            admin.listConsumerGroupOffsets(topics.ingestGroup())
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> {
                        if (offset != null && partition.topic().equals(topics.samples())) {
                            offsets.put(partition, offset.offset());
                        }
                    });
            return offsets;
        } catch (ExecutionException e) {
            throw new org.apache.kafka.common.KafkaException(
                    "the offsets of group " + topics.ingestGroup() + " could not be read", e.getCause());
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    /**
     * Commits the offsets again, so that they do not expire in quiet days: a Finish would wait for them. Call it more often
     * than the broker's offsets.retention.minutes, seven days by default.
     */
    public synchronized void renew() {
        if (!state.nextOffsets().isEmpty()) {
            commit(List.of(), state.nextOffsets());
        }
    }

    /** The offset of {@code samples} from which the partition is to be read. */
    public synchronized long nextOffset(int partition) {
        return state.nextOffset(partition);
    }

    /** Deals with the records in one transaction; those dealt with before are skipped. */
    public synchronized Counts accept(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        List<ProducerRecord<byte[], byte[]>> out = new ArrayList<>();
        SortedMap<Integer, Long> read = new TreeMap<>();
        int[] counts = new int[3];
        for (ConsumerRecord<byte[], byte[]> record : records) {
            long next = read.getOrDefault(record.partition(), state.nextOffset(record.partition()));
            if (record.offset() >= next) {
                read.put(record.partition(), record.offset() + 1);
                counts[add(intake.take(record), out)]++;
            }
        }
        if (!read.isEmpty()) {
            commit(out, read);
            read.forEach(state::advance);
        }
        return new Counts(counts[0], counts[1], counts[2]);
    }

    private int add(Outcome outcome, List<ProducerRecord<byte[], byte[]>> out) {
        return switch (outcome) {
            case Outcome.Train(var sample) -> {
                out.addAll(sample.toRecords(topics.tokenized()));
                yield 0;
            }
            case Outcome.Reject(var sample) -> {
                String eventId =
                        sample.origin().partition() + "-" + sample.origin().offset();
                out.add(WireCodec.REJECTED.toRecord(
                        topics.rejected(), 0, sample.sampleId(), sample, "ingest", eventId));
                yield 1;
            }
            case Outcome.Repeat repeat -> 2;
        };
    }

    private void commit(List<ProducerRecord<byte[], byte[]>> out, SortedMap<Integer, Long> read) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        read.forEach((partition, offset) ->
                offsets.put(new TopicPartition(topics.samples(), partition), new OffsetAndMetadata(offset)));
        writer.write(out, offsets, topics.ingestGroup());
    }

    @Override
    public void close() {
        writer.close();
    }
}
