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

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where samples have left their text.
 *
 * @param ids of the samples
 * @param known those of them of which there is any record
 * @param submitted their records in {@code samples}, parts and repeats among them
 * @param rejections their records in {@code samples.rejected}, with their places
 * @param shared other records there whose key another record has too; compaction would remove them
 * @param sequences how many records of their tokens {@code tokenized} has
 * @param keyless records of {@code samples} that have no key
 */
record SampleTraces(
        Set<String> ids,
        Set<String> known,
        List<Submitted> submitted,
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

    /** A record of {@code samples}. */
    record Submitted(Place place, String id) {}

    /** What a record of {@code samples.rejected} says. */
    record Rejection(Place place, String key, RejectedSample sample) {}

    /** @param clients of the run */
    static SampleTraces find(Clients clients, Topics topics, Set<String> ids) {
        Set<String> known = new HashSet<>();
        List<Submitted> submitted = new ArrayList<>();
        long[] keyless = new long[1];
        TopicScan.read(clients, topics.samples(), record -> {
            keyless[0] += record.key() == null ? 1 : 0;
            String id = text(record.key());
            if (record.value() != null && ids.contains(id)) {
                known.add(id);
                submitted.add(new Submitted(Place.of(record), id));
            }
        });
        List<Rejection> all = rejections(clients, topics);
        Map<String, Integer> keys = new HashMap<>();
        all.forEach(rejection -> keys.merge(rejection.key(), 1, Integer::sum));
        int[] sequences = new int[1];
        TopicScan.read(clients, topics.tokenized(), record -> {
            String id = text(record.key());
            if (ids.contains(id)) {
                known.add(id);
                sequences[0]++;
            }
        });
        List<Rejection> own =
                all.stream().filter(is -> ids.contains(is.sample().sampleId())).toList();
        own.forEach(is -> known.add(is.sample().sampleId()));
        return new SampleTraces(
                Set.copyOf(ids),
                Set.copyOf(known),
                submitted,
                own,
                all.stream()
                        .filter(is -> !ids.contains(is.sample().sampleId()))
                        .filter(is -> keys.get(is.key()) > 1 || ids.contains(is.key()))
                        .toList(),
                sequences[0],
                keyless[0]);
    }

    /**
     * The ids of all samples whose text is still there and is older: no record of it was written at
     * this time or later.
     *
     * @param clients of the run
     */
    static Set<String> olderThan(Clients clients, Topics topics, Instant time) {
        Map<String, Long> newest = new HashMap<>();
        TopicScan.read(clients, topics.samples(), record -> {
            if (record.value() != null && record.key() != null) {
                newest.merge(text(record.key()), record.timestamp(), Math::max);
            }
        });
        TopicScan.read(clients, topics.rejected(), record -> {
            if (Wire.REJECTED.decode(record) instanceof Decoded.Ok<RejectedSample>(var sample)
                    && !sample.content().recordPrefix().isEmpty()) {
                newest.merge(sample.sampleId(), record.timestamp(), Math::max);
            }
        });
        newest.values().removeIf(last -> last >= time.toEpochMilli());
        return Set.copyOf(newest.keySet());
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

    /** Which of the samples lie in which partition of {@code samples}. */
    SortedMap<Integer, Set<String>> byPartition() {
        SortedMap<Integer, Set<String>> all = new TreeMap<>();
        submitted.forEach(
                is -> all.computeIfAbsent(is.place().partition().partition(), _ -> new TreeSet<>())
                        .add(is.id()));
        return all;
    }

    List<Place> places() {
        return submitted.stream().map(Submitted::place).toList();
    }
}
