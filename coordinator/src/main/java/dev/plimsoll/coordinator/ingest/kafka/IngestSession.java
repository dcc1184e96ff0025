package dev.plimsoll.coordinator.ingest.kafka;

import dev.plimsoll.coordinator.ingest.IngestCore;
import dev.plimsoll.coordinator.ingest.IngestCore.Batch;
import dev.plimsoll.coordinator.ingest.IngestCore.Counts;
import dev.plimsoll.coordinator.kafka.TransactionalWriter;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.PartitionReader;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/**
 * The exclusive right to turn samples into sequences. Opening it fences the holder before, then
 * reads what that one made durable. Each batch is one transaction: sequences, rejections, and how
 * far {@code samples} was read, as offsets of the group {@code <prefix>-ingest} (for the planner's
 * Finish and for lag monitors; where the group's offsets have expired, the written records say it
 * again). An exception ends the session for good.
 */
public final class IngestSession implements AutoCloseable {

    private final Topics topics;
    private final TransactionalWriter writer;
    private final IngestCore core;

    private final Admin admin;

    private IngestSession(Topics topics, TransactionalWriter writer, IngestCore core, Admin admin) {
        this.topics = topics;
        this.writer = writer;
        this.core = core;
        this.admin = admin;
    }

    public static IngestSession open(
            Clients clients, Topics topics, Function<ParsedSample, TokenizeOutcome> tokenizer) {
        TransactionalWriter writer = new TransactionalWriter(clients, topics.prefix() + "-ingest");
        Admin admin = clients.admin("plimsoll-ingest-admin");
        try (Consumer<byte[], byte[]> consumer = clients.reader("plimsoll-ingest-reader")) {
            IngestCore core = new IngestCore(topics, tokenizer);
            PartitionReader reader = new PartitionReader(consumer);
            reader.readAllOfSharedPartition(
                    admin, new TopicPartition(topics.tokenized(), 0), core::tokenized);
            reader.readAllOfSharedPartition(
                    admin, new TopicPartition(topics.rejected(), 0), core::rejected);
            committed(admin, topics)
                    .forEach((partition, offset) -> core.committed(partition.partition(), offset));
            IngestSession session = new IngestSession(topics, writer, core, admin);
            session.renew();
            return session;
        } catch (RuntimeException e) {
            writer.close();
            admin.close(Duration.ZERO);
            throw e;
        }
    }

    /**
     * Per partition of {@code samples}, the offset up to which ingest has durably dealt with
     * everything.
     */
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
                    "the offsets of group " + topics.ingestGroup() + " could not be read",
                    e.getCause());
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    /**
     * Commits the offsets again, so that they do not expire in quiet days: a Finish would wait for
     * them. Call it more often than the broker's offsets.retention.minutes, seven days by default.
     */
    public synchronized void renew() {
        if (!core.nextOffsets().isEmpty()) {
            commit(List.of(), core.nextOffsets());
        }
    }

    /** The offset of {@code samples} from which the partition is to be read. */
    public synchronized long nextOffset(int partition) {
        return core.nextOffset(partition);
    }

    /** The same of several partitions. */
    public synchronized SortedMap<Integer, Long> nextOffsets(Set<Integer> partitions) {
        SortedMap<Integer, Long> next = new TreeMap<>();
        partitions.forEach(partition -> next.put(partition, core.nextOffset(partition)));
        return next;
    }

    /**
     * The first offsets that the partitions of {@code samples} still have; empty when the broker
     * does not say.
     */
    public SortedMap<Integer, Long> beginnings(Set<Integer> partitions) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition ->
                asked.put(new TopicPartition(topics.samples(), partition), OffsetSpec.earliest()));
        SortedMap<Integer, Long> beginnings = new TreeMap<>();
        try {
            admin.listOffsets(asked)
                    .all()
                    .get()
                    .forEach((partition, found) ->
                            beginnings.put(partition.partition(), found.offset()));
        } catch (ExecutionException e) {
            // a broker that is away comes back; whoever asks asks again
            return new TreeMap<>();
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
        return beginnings;
    }

    /**
     * Books what was deleted before it was read as lost, in the topic of rejected samples; returns
     * how many gaps.
     *
     * @param beginnings of partitions of {@code samples}
     */
    public synchronized int bookDeleted(Map<Integer, Long> beginnings) {
        return write(core.deleted(beginnings)).records().size();
    }

    /** Deals with the records in one transaction; those dealt with before are skipped. */
    public synchronized Counts accept(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        return write(core.decide(records)).counts();
    }

    private Batch write(Batch batch) {
        if (!batch.nextOffsets().isEmpty()) {
            commit(batch.records(), batch.nextOffsets());
            core.apply(batch);
        }
        return batch;
    }

    private void commit(List<ProducerRecord<byte[], byte[]>> out, SortedMap<Integer, Long> read) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        read.forEach((partition, offset) -> offsets.put(
                new TopicPartition(topics.samples(), partition), new OffsetAndMetadata(offset)));
        writer.write(out, offsets, topics.ingestGroup());
    }

    @Override
    public void close() {
        writer.close();
        admin.close(Duration.ofSeconds(2));
    }
}
