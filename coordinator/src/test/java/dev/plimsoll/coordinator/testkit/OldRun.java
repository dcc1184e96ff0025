package dev.plimsoll.coordinator.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.toMap;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.zip.GZIPInputStream;

/** The topics of a run that older code wrote: see old-run/README.md in the test's resources. */
public final class OldRun {

    private static final String RESOURCE = "/old-run/topics.gz";

    /** As the records' own references to topics say. */
    public static final Topics TOPICS = new Topics("old");

    /**
     * One partition as it was.
     *
     * @param beginning offset of the first record that was not deleted
     * @param end offset after the last
     */
    public record Partition(
            TopicPartition partition,
            long beginning,
            long end,
            List<ConsumerRecord<byte[], byte[]>> records) {}

    private final List<Partition> partitions;

    private OldRun(List<Partition> partitions) {
        this.partitions = partitions;
    }

    public static OldRun read() {
        List<Partition> partitions = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(OldRun.class.getResourceAsStream(RESOURCE)), US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split("\t");
                if (fields[0].equals("partition")) {
                    partitions.add(new Partition(
                            new TopicPartition(fields[1], Integer.parseInt(fields[2])),
                            Long.parseLong(fields[3]),
                            Long.parseLong(fields[4]),
                            new ArrayList<>()));
                } else {
                    partitions
                            .getLast()
                            .records()
                            .add(record(partitions.getLast().partition(), fields));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new OldRun(partitions);
    }

    private static ConsumerRecord<byte[], byte[]> record(TopicPartition of, String[] fields) {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                of.topic(),
                of.partition(),
                Long.parseLong(fields[1]),
                bytes(fields[2]),
                bytes(fields[3]));
        for (int i = 4; i < fields.length; i += 2) {
            record.headers().add(new RecordHeader(fields[i], bytes(fields[i + 1])));
        }
        return record;
    }

    private static byte[] bytes(String field) {
        return field.equals("-") ? null : Base64.getDecoder().decode(field.substring(1));
    }

    public List<Partition> partitions() {
        return partitions;
    }

    /** In the order of their offsets, partition by partition. */
    public List<ConsumerRecord<byte[], byte[]>> of(String topic) {
        return partitions.stream()
                .filter(partition -> partition.partition().topic().equals(topic))
                .flatMap(partition -> partition.records().stream())
                .toList();
    }

    /**
     * Creates the topics and writes every record at the offset that it had. Between them the old
     * partitions have gaps where transactions ended or were aborted: a gap of one is the end of a
     * transaction here too, a longer one is a transaction that is aborted.
     */
    public void restore(Clients clients, int shards) {
        int samplePartitions = (int) partitions.stream()
                .filter(partition -> partition.partition().topic().equals(TOPICS.samples()))
                .count();
        try (Admin admin = clients.admin("old-run");
                Consumer<byte[], byte[]> reader = clients.reader("old-run");
                Producer<byte[], byte[]> plain = clients.writer("old-run");
                Producer<byte[], byte[]> transactional =
                        clients.transactionalWriter("old-run-transactions", "old-run")) {
            TopicAdmin.ensure(admin, TOPICS, samplePartitions, shards);
            transactional.initTransactions();
            partitions.forEach(partition -> restoreDeleted(admin, plain, partition));
            List<Queue<Stretch>> waiting = new ArrayList<>();
            partitions.forEach(partition -> waiting.add(stretches(partition)));
            while (waiting.stream().anyMatch(queue -> !queue.isEmpty())) {
                restore(
                        reader,
                        plain,
                        transactional,
                        waiting.stream().map(Queue::poll).toList());
            }
            awaitEnds(
                    reader,
                    partitions.stream().collect(toMap(Partition::partition, Partition::end)));
        }
    }

    /**
     * Records without a gap between them.
     *
     * @param start offset of the first
     * @param gap how many offsets after them have no record
     */
    private record Stretch(
            TopicPartition partition,
            long start,
            List<ProducerRecord<byte[], byte[]>> records,
            long gap) {}

    private static Queue<Stretch> stretches(Partition partition) {
        Queue<Stretch> stretches = new ArrayDeque<>();
        List<ProducerRecord<byte[], byte[]>> current = new ArrayList<>();
        List<ConsumerRecord<byte[], byte[]>> records = partition.records();
        long start = 0;
        for (int i = 0; i < records.size(); i++) {
            long next = i + 1 < records.size() ? records.get(i + 1).offset() : partition.end();
            if (current.isEmpty()) {
                start = records.get(i).offset();
            }
            current.add(copy(records.get(i)));
            long gap = next - records.get(i).offset() - 1;
            if (gap > 0 || i + 1 == records.size()) {
                stretches.add(new Stretch(partition.partition(), start, List.copyOf(current), gap));
                current.clear();
            }
        }
        return stretches;
    }

    private static ProducerRecord<byte[], byte[]> copy(ConsumerRecord<byte[], byte[]> record) {
        List<Header> headers = List.of(record.headers().toArray());
        return new ProducerRecord<>(
                record.topic(), record.partition(), record.key(), record.value(), headers);
    }

    /** The next stretch of each partition; null where there is none any more. */
    private static void restore(
            Consumer<byte[], byte[]> reader,
            Producer<byte[], byte[]> plain,
            Producer<byte[], byte[]> transactional,
            List<Stretch> next) {
        List<Stretch> stretches =
                next.stream().filter(stretch -> stretch != null).toList();
        List<Stretch> outside =
                stretches.stream().filter(stretch -> stretch.gap() != 1).toList();
        awaitEnds(reader, outside.stream().collect(toMap(Stretch::partition, Stretch::start)));
        outside.stream().flatMap(stretch -> stretch.records().stream()).forEach(plain::send);
        plain.flush();
        transactional.beginTransaction();
        stretches.stream()
                .filter(stretch -> stretch.gap() == 1)
                .flatMap(stretch -> stretch.records().stream())
                .forEach(transactional::send);
        transactional.commitTransaction();
        for (Stretch stretch : stretches) {
            if (stretch.gap() > 1) {
                abort(transactional, stretch);
            }
        }
    }

    /** One offset is the abort's own. */
    private static void abort(Producer<byte[], byte[]> transactional, Stretch stretch) {
        TopicPartition of = stretch.partition();
        transactional.beginTransaction();
        for (long i = 1; i < stretch.gap(); i++) {
            transactional.send(new ProducerRecord<>(of.topic(), of.partition(), null, null));
        }
        transactional.flush();
        transactional.abortTransaction();
    }

    /** A transaction's end is written some time after the producer was told of it. */
    private static void awaitEnds(Consumer<byte[], byte[]> reader, Map<TopicPartition, Long> ends) {
        while (!ends.isEmpty() && !reader.endOffsets(ends.keySet()).equals(ends)) {
            Thread.onSpinWait();
        }
    }

    private static void restoreDeleted(
            Admin admin, Producer<byte[], byte[]> plain, Partition partition) {
        if (partition.beginning() == 0) {
            return;
        }
        TopicPartition of = partition.partition();
        for (long i = 0; i < partition.beginning(); i++) {
            plain.send(new ProducerRecord<>(of.topic(), of.partition(), null, new byte[0]));
        }
        plain.flush();
        try {
            admin.deleteRecords(Map.of(of, RecordsToDelete.beforeOffset(partition.beginning())))
                    .all()
                    .get();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
