package dev.plimsoll.cli.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Writes malformed records straight into a topic, each behind a valid one. */
final class MalformedRecords implements AutoCloseable {

    private static final int PACKED_BYTES = 70 << 20;
    private static final int HEADER_BYTES = 100_000;

    private static final Fault NOTHING =
            new Fault("no value", RejectionReason.NOT_JSON, _ -> new byte[0]);
    private static final Fault EMPTY =
            new Fault("an empty value", RejectionReason.NOT_JSON, _ -> new byte[0]);
    private static final Fault LONG_KEY = Fault.text(
            "a key of 100 KB of control characters", RejectionReason.NOT_JSON, "no JSON #");
    private static final Fault LONG_HEADER = Fault.text(
            "headers of 100 KB of control characters", RejectionReason.NOT_JSON, "no JSON #");
    private static final Fault ALIEN_SOURCE = Fault.text(
            "a source's name that is none", RejectionReason.BAD_FIELD, "{\"text\": \"load #\"}");
    private static final Fault LYING_LENGTH = Fault.text(
            "a length that is announced and not true",
            RejectionReason.TOO_LARGE,
            "{\"text\": \"load #\"}");
    private static final Fault PACKED = new Fault(
            "a record of 70 MB, packed", RejectionReason.TOO_LARGE, _ -> new byte[PACKED_BYTES]);

    private static final List<Fault> RECORDS =
            List.of(NOTHING, EMPTY, LONG_KEY, LONG_HEADER, ALIEN_SOURCE, LYING_LENGTH);

    private final String topic;
    private final Producer<byte[], byte[]> producer;
    private final SplittableRandom random;
    private final Map<SampleOrigin, Fault> sent =
            new TreeMap<>(java.util.Comparator.comparingInt(SampleOrigin::partition)
                    .thenComparingLong(SampleOrigin::offset));
    private long neighbours;
    private int refused;

    MalformedRecords(Clients clients, String topic, long seed) {
        this.topic = topic;
        this.random = new SplittableRandom(seed);
        Map<String, Object> settings = new HashMap<>(clients.extra());
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, clients.bootstrap());
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(2 * PACKED_BYTES));
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Integer.toString(2 * PACKED_BYTES));
        settings.put(ProducerConfig.LINGER_MS_CONFIG, "0");
        this.producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Malformed records by their place in the topic. */
    Map<SampleOrigin, Fault> sent() {
        return sent;
    }

    /** How many valid samples were sent. */
    long neighbours() {
        return neighbours;
    }

    /** So many malformed ones, of all kinds in turn, and so many that are packed. */
    void send(FaultTurns turns, int count, int packed)
            throws ExecutionException, InterruptedException {
        for (int i = 0; i < count; i++) {
            valid();
            boolean ofRecords = i % 10 == 0;
            Fault fault = ofRecords ? RECORDS.get(i / 10 % RECORDS.size()) : turns.next();
            take(fault, producer.send(record(fault)));
        }
        for (int i = 0; i < packed; i++) {
            valid();
            requireRefused(producer.send(record(PACKED)));
        }
        valid();
        producer.flush();
    }

    /** The broker unpacks what comes, and refuses what is too large then (decision 0129). */
    private void requireRefused(Future<RecordMetadata> acknowledged) throws InterruptedException {
        try {
            RecordMetadata at = acknowledged.get();
            sent.put(new SampleOrigin(at.partition(), at.offset()), PACKED);
        } catch (ExecutionException e) {
            refused++;
        }
    }

    /** How many packed records the broker did not take. */
    int refused() {
        return refused;
    }

    private void take(Fault fault, Future<RecordMetadata> acknowledged)
            throws ExecutionException, InterruptedException {
        RecordMetadata at = acknowledged.get();
        sent.put(new SampleOrigin(at.partition(), at.offset()), fault);
    }

    private void valid() {
        String id = "k" + ++neighbours;
        producer.send(new ProducerRecord<>(
                topic, id.getBytes(UTF_8), MalformedFiles.valid(id).getBytes(UTF_8)));
    }

    private ProducerRecord<byte[], byte[]> record(Fault fault) {
        String number = Long.toString(random.nextLong(1L << 40));
        byte[] noise = ("\u0001\n\u001b[31m" + number).repeat(HEADER_BYTES / 18).getBytes(UTF_8);
        ProducerRecord<byte[], byte[]> made = new ProducerRecord<>(
                topic,
                fault == LONG_KEY ? noise : null,
                fault == NOTHING ? null : fault.bytes(random));
        Headers headers = made.headers();
        if (fault == LONG_HEADER) {
            headers.add("ce_id", noise);
            headers.add("plimsoll_file", noise);
        } else if (fault == ALIEN_SOURCE) {
            headers.add("plimsoll_source", "no such\nname".getBytes(UTF_8));
        } else if (fault == LYING_LENGTH) {
            headers.add("plimsoll_oversize", "99999999999".getBytes(UTF_8));
        }
        return made;
    }

    @Override
    public void close() {
        producer.close();
    }
}
