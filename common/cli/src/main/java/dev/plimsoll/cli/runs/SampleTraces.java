package dev.plimsoll.cli.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.sample.RejectedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Where a sample has left its text.
 *
 * @param submitted its records in {@code samples}, parts and repeats among them
 * @param rejections its records in {@code samples.rejected}, with their places
 * @param shared other records there whose key another record has too; compaction would remove them
 * @param sequences how many records of its tokens {@code tokenized} has
 * @param keyless records of {@code samples} that have no key
 */
record SampleTraces(
        List<Place> submitted,
        List<Rejection> rejections,
        List<Rejection> shared,
        int sequences,
        long keyless) {

    /** Of a record. */
    record Place(TopicPartition partition, long offset) {

        static Place of(ConsumerRecord<byte[], byte[]> record) {
            return new Place(
                    new TopicPartition(record.topic(), record.partition()), record.offset());
        }
    }

    /** What a record of {@code samples.rejected} says. */
    record Rejection(Place place, String key, RejectedSample sample) {}

    /** @param clients of the run */
    static SampleTraces find(Clients clients, Topics topics, String id) {
        List<Place> submitted = new ArrayList<>();
        long[] keyless = new long[1];
        TopicScan.read(clients, topics.samples(), record -> {
            keyless[0] += record.key() == null ? 1 : 0;
            if (record.value() != null && id.equals(text(record.key()))) {
                submitted.add(Place.of(record));
            }
        });
        List<Rejection> all = rejections(clients, topics);
        Map<String, Integer> keys = new HashMap<>();
        all.forEach(rejection -> keys.merge(rejection.key(), 1, Integer::sum));
        int[] sequences = new int[1];
        TopicScan.read(
                clients,
                topics.tokenized(),
                record -> sequences[0] += id.equals(text(record.key())) ? 1 : 0);
        return new SampleTraces(
                submitted,
                all.stream().filter(is -> is.sample().sampleId().equals(id)).toList(),
                all.stream()
                        .filter(is -> !is.sample().sampleId().equals(id))
                        .filter(is -> keys.get(is.key()) > 1 || is.key().equals(id))
                        .toList(),
                sequences[0],
                keyless[0]);
    }

    private static List<Rejection> rejections(Clients clients, Topics topics) {
        List<Rejection> all = new ArrayList<>();
        TopicScan.read(clients, topics.rejected(), record -> {
            if (Wire.REJECTED.decode(record) instanceof Decoded.Ok<RejectedSample>(var sample)) {
                all.add(new Rejection(Place.of(record), text(record.key()), sample));
            }
        });
        return all;
    }

    static String text(byte[] key) {
        return key == null ? "" : new String(key, UTF_8);
    }

    boolean isEmpty() {
        return submitted.isEmpty() && rejections.isEmpty() && sequences == 0;
    }

    /** Whether a rejection shows the beginning of the text. */
    boolean isShownInRejections() {
        return rejections.stream()
                .anyMatch(is -> !is.sample().content().recordPrefix().isEmpty());
    }

    /** All that is written anew under keys of their own, so that compaction leaves them. */
    List<Rejection> rewritten() {
        List<Rejection> all = new ArrayList<>(rejections);
        all.addAll(shared);
        return Collections.unmodifiableList(all);
    }

    TreeSet<Integer> partitions() {
        TreeSet<Integer> partitions = new TreeSet<>();
        submitted.forEach(place -> partitions.add(place.partition().partition()));
        return partitions;
    }
}
