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

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Describes a sample that the planner rejects by what was submitted, read back from its origin
 * while it is there.
 */
public final class RejectedLookup implements Function<SampleRejection, RejectedSample> {

    private final Clients clients;
    private final Topics topics;

    public RejectedLookup(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
    }

    @Override
    public RejectedSample apply(SampleRejection rejection) {
        SampleOrigin origin = rejection.sample().origin();
        String id = rejection.sample().sampleId();
        return read(origin).stream()
                .findFirst()
                .map(record ->
                        Submission.of(record).rejected(id, rejection.reason(), rejection.note()))
                .orElseGet(() -> new RejectedSample(
                        id,
                        origin,
                        "",
                        rejection.reason(),
                        rejection.note(),
                        new RejectedSample.Content("", "")));
    }

    private List<ConsumerRecord<byte[], byte[]>> read(SampleOrigin origin) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        try (var reader = clients.reader("plimsoll-rejected-lookup")) {
            PartitionReader partitions = new PartitionReader(reader);
            TopicPartition samples = new TopicPartition(topics.samples(), origin.partition());
            if (origin.offset() >= partitions.beginning(samples)) {
                partitions.read(samples, origin.offset(), origin.offset() + 1, found::add);
            }
        }
        return found;
    }
}
