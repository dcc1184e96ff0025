package dev.plimsoll.cli.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleChunk;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.SubmittedSample;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes what ingest would: a sample whose text has "bad" is rejected, one that was there before
 * leads to nothing, all others are tokenized. One partition.
 */
final class FakeIngest implements AutoCloseable {

    private final Clients clients;
    private final Topics topics;
    private final Thread thread;
    private final Set<String> known = new HashSet<>();
    private volatile boolean stopped;

    FakeIngest(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
        this.thread = Thread.ofPlatform().daemon().name("fake-ingest").start(this::run);
    }

    private void run() {
        TopicPartition samples = new TopicPartition(topics.samples(), 0);
        try (Consumer<byte[], byte[]> reader = clients.reader("fake-ingest");
                Producer<byte[], byte[]> writer =
                        clients.transactionalWriter("fake-ingest", topics.ingestGroup())) {
            writer.initTransactions();
            reader.assign(List.of(samples));
            reader.seekToBeginning(List.of(samples));
            while (!stopped) {
                ConsumerRecords<byte[], byte[]> records = reader.poll(Duration.ofMillis(50));
                if (!records.isEmpty()) {
                    writer.beginTransaction();
                    records.forEach(record -> judge(record, writer));
                    Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
                    read.put(samples, new OffsetAndMetadata(reader.position(samples)));
                    writer.sendOffsetsToTransaction(
                            read, new ConsumerGroupMetadata(topics.ingestGroup()));
                    writer.commitTransaction();
                }
            }
        }
    }

    private void judge(ConsumerRecord<byte[], byte[]> record, Producer<byte[], byte[]> writer) {
        String id = new String(record.key(), UTF_8);
        String said = WireHeaders.find(record.headers(), SubmittedSample.SHA256);
        String sha256 = said == null ? Checksums.sha256Hex(record.value()) : said;
        boolean incomplete = SampleChunk.isChunk(record.headers())
                && WireHeaders.number(record.headers(), "plimsoll_chunk") + 1
                        < WireHeaders.number(record.headers(), "plimsoll_chunks");
        if (incomplete || !known.add(id + sha256)) {
            return;
        }
        SampleOrigin origin = new SampleOrigin(0, record.offset());
        if (new String(record.value(), UTF_8).contains("bad")) {
            String source = WireHeaders.find(record.headers(), "plimsoll_file") + ":"
                    + WireHeaders.find(record.headers(), "plimsoll_line");
            writer.send(Wire.REJECTED.toRecord(
                    topics.rejected(),
                    0,
                    id,
                    new RejectedSample(
                            id,
                            origin,
                            source,
                            RejectionReason.BAD_FIELD,
                            "it is bad; mend it",
                            new RejectedSample.Content(sha256, "")),
                    "ingest",
                    id));
        } else {
            new TokenizedSample(id, origin, sha256, new int[] {1, 2}, new boolean[] {false, true})
                    .toRecords(topics.tokenized())
                    .forEach(writer::send);
        }
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        thread.join();
    }
}
