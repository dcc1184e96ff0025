package dev.plimsoll.cli.samples;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.IngestOffsets;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** Reads what ingest writes of the samples that were sent. */
final class VerdictReader implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final Clients clients;
    private final Topics topics;
    private final Admin admin;
    private final Consumer<byte[], byte[]> reader;
    private final TopicPartition tokenized;
    private final TopicPartition rejected;
    private final Map<TopicPartition, Long> begin;
    private boolean heard;
    private long dealtWith;

    /**
     * @param clients of the run: what others wrote is no verdict
     * @param fromTheBeginning false before anything is sent: what stands in the topics then is
     *     about others
     */
    VerdictReader(Clients clients, Topics topics, boolean fromTheBeginning) {
        this.clients = clients;
        this.topics = topics;
        this.tokenized = new TopicPartition(topics.tokenized(), 0);
        this.rejected = new TopicPartition(topics.rejected(), 0);
        this.admin = clients.admin("plimsoll-submit-verdicts");
        this.reader = clients.reader("plimsoll-submit-verdicts");
        List<TopicPartition> all = new ArrayList<>(List.of(tokenized, rejected));
        all.addAll(Clients.partitions(reader, topics.telemetry()));
        reader.assign(all);
        reader.seekToEnd(all);
        if (fromTheBeginning) {
            reader.seekToBeginning(List.of(tokenized, rejected));
        }
        this.begin = new TreeMap<>(java.util.Comparator.comparing(TopicPartition::topic));
        List.of(tokenized, rejected).forEach(p -> begin.put(p, reader.position(p)));
    }

    /**
     * Waits until ingest has dealt with every sample that was sent and all that it wrote of them is
     * read. False when it dealt with nothing, also of others, for so long.
     *
     * @param progress is told how many samples are dealt with
     */
    boolean await(
            SentSamples sent, SubmitVerdicts verdicts, Duration patience, LongConsumer progress) {
        long all = sent.size();
        dealtWith = -1;
        Map<Integer, Long> ingested = Map.of();
        long moved = System.nanoTime();
        while (dealtWith < all) {
            for (ConsumerRecord<byte[], byte[]> record : reader.poll(POLL)) {
                take(record, verdicts);
            }
            Map<Integer, Long> now = ingestedTo();
            // it may be at samples of others before ours
            if (dealtWith < 0 || !now.equals(ingested)) {
                ingested = now;
                dealtWith = sent.before(now);
                moved = System.nanoTime();
                progress.accept(dealtWith);
            } else if (System.nanoTime() - moved > patience.toNanos()) {
                return false;
            }
        }
        readToTheEnd(tokenized, verdicts);
        readToTheEnd(rejected, verdicts);
        readWhatWasRejectedBefore(sent, verdicts);
        return true;
    }

    /** How many samples were dealt with when the waiting ended. */
    long dealtWith() {
        return dealtWith;
    }

    /** Whether a coordinator gave a sign of life while this waited. */
    boolean heardACoordinator() {
        return heard;
    }

    /**
     * A transaction's offsets may be seen before its records: those that are written are waited
     * for.
     */
    private void readToTheEnd(TopicPartition partition, SubmitVerdicts verdicts) {
        long from = reader.position(partition);
        try (Consumer<byte[], byte[]> rest = clients.reader("plimsoll-submit-rest")) {
            new PartitionReader(rest)
                    .readFromOfSharedPartition(
                            admin, partition, from, record -> take(record, verdicts));
        }
    }

    private void readWhatWasRejectedBefore(SentSamples sent, SubmitVerdicts verdicts) {
        long[] repeats = sent.withoutVerdict();
        if (repeats.length == 0) {
            return;
        }
        try (Consumer<byte[], byte[]> all = clients.reader("plimsoll-submit-before")) {
            PartitionReader partitions = new PartitionReader(all);
            partitions.read(
                    rejected,
                    partitions.beginning(rejected),
                    begin.get(rejected),
                    record -> decoded(record).forEach(is -> verdicts.rejectedBefore(is, repeats)));
        }
    }

    private Map<Integer, Long> ingestedTo() {
        Map<Integer, Long> offsets = new TreeMap<>();
        IngestOffsets.read(admin, topics)
                .forEach((partition, place) ->
                        offsets.put(partition.partition(), place.nextOffset()));
        return offsets;
    }

    private void take(ConsumerRecord<byte[], byte[]> record, SubmitVerdicts verdicts) {
        if (record.topic().equals(topics.tokenized())) {
            if (TokenizedSample.decodeHead(record)
                    instanceof Decoded.Ok<TokenizedSample.Head>(var head)) {
                verdicts.tokenized(head);
            }
        } else if (record.topic().equals(topics.rejected())) {
            decoded(record).forEach(verdicts::rejected);
        } else if (Wire.TELEMETRY.decode(record) instanceof Decoded.Ok<Telemetry>(var telemetry)) {
            heard |= telemetry instanceof Telemetry.CoordinatorBeat;
        }
    }

    private static List<RejectedSample> decoded(ConsumerRecord<byte[], byte[]> record) {
        return Wire.REJECTED.decode(record) instanceof Decoded.Ok<RejectedSample>(var sample)
                ? List.of(sample)
                : List.of();
    }

    @Override
    public void close() {
        reader.close();
        admin.close(Duration.ofSeconds(2));
    }
}
