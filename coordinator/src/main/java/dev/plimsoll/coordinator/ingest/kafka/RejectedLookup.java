package dev.plimsoll.coordinator.ingest.kafka;

import dev.plimsoll.coordinator.ingest.Submission;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Describes samples that the planner rejects by what was submitted, read back from their origins
 * while it is there.
 */
public final class RejectedLookup implements Function<List<SampleRejection>, List<RejectedSample>> {

    /** What lies between two that are wanted is read too, if it is no more. */
    private static final int MAX_GAP = 500;

    private final Clients clients;
    private final Topics topics;

    public RejectedLookup(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
    }

    /** In the order of the rejections. */
    @Override
    public List<RejectedSample> apply(List<SampleRejection> rejections) {
        if (rejections.isEmpty()) {
            return List.of();
        }
        SortedMap<Integer, SortedSet<Long>> offsets = new TreeMap<>();
        for (SampleRejection rejection : rejections) {
            SampleOrigin origin = rejection.sample().origin();
            offsets.computeIfAbsent(origin.partition(), _ -> new TreeSet<>()).add(origin.offset());
        }
        Map<SampleOrigin, Submission> submitted = new HashMap<>();
        try (var reader = clients.reader("plimsoll-rejected-lookup")) {
            PartitionReader partitions = new PartitionReader(reader);
            Set<TopicPartition> there = Set.copyOf(Clients.partitions(reader, topics.samples()));
            offsets.forEach((partition, wanted) -> {
                TopicPartition samples = new TopicPartition(topics.samples(), partition);
                if (there.contains(samples)) {
                    read(
                            partitions,
                            samples,
                            wanted,
                            record -> submitted.put(
                                    new SampleOrigin(partition, record.offset()),
                                    Submission.of(record)));
                }
            });
        }
        return rejections.stream()
                .map(rejection ->
                        described(rejection, submitted.get(rejection.sample().origin())))
                .toList();
    }

    /** @param submission null when it is gone */
    private static RejectedSample described(SampleRejection rejection, Submission submission) {
        String id = rejection.sample().sampleId();
        return submission != null
                ? submission.rejected(id, rejection.reason(), rejection.note())
                : new RejectedSample(
                        id,
                        rejection.sample().origin(),
                        "",
                        rejection.reason(),
                        rejection.note(),
                        new RejectedSample.Content("", ""));
    }

    private static void read(
            PartitionReader partitions,
            TopicPartition samples,
            SortedSet<Long> wanted,
            Consumer<ConsumerRecord<byte[], byte[]>> sink) {
        SortedSet<Long> left = wanted.tailSet(partitions.beginning(samples));
        while (!left.isEmpty()) {
            long first = left.first();
            long last = first;
            for (long offset : left) {
                if (offset - last > MAX_GAP) {
                    break;
                }
                last = offset;
            }
            partitions.readWhatIsThere(samples, first, last + 1, record -> {
                if (wanted.contains(record.offset())) {
                    sink.accept(record);
                }
            });
            left = left.tailSet(last + 1);
        }
    }
}
