package dev.plimsoll.cli.runs;

import dev.plimsoll.wire.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;

/**
 * The topics that a broker has of one run: those of {@link Topics}, by their exact names.
 *
 * @param offsets how many offsets each has, by name: records, and marks of transactions
 */
record RunTopics(Topics topics, TreeMap<String, Long> offsets) {

    static RunTopics find(Admin admin, Topics topics)
            throws ExecutionException, InterruptedException {
        Set<String> there = admin.listTopics().names().get();
        Set<String> ours = new TreeSet<>();
        topics.specs(1, 1).forEach(spec -> ours.add(spec.name()));
        ours.retainAll(there);
        Map<TopicPartition, OffsetSpec> first = new TreeMap<>(ORDER);
        Map<TopicPartition, OffsetSpec> last = new TreeMap<>(ORDER);
        for (TopicDescription topic :
                admin.describeTopics(ours).allTopicNames().get().values()) {
            topic.partitions().forEach(partition -> {
                TopicPartition key = new TopicPartition(topic.name(), partition.partition());
                first.put(key, OffsetSpec.earliest());
                last.put(key, OffsetSpec.latest());
            });
        }
        var begins = admin.listOffsets(first).all().get();
        var ends = admin.listOffsets(last).all().get();
        TreeMap<String, Long> offsets = new TreeMap<>();
        ends.forEach((partition, end) -> offsets.merge(
                partition.topic(), end.offset() - begins.get(partition).offset(), Long::sum));
        return new RunTopics(topics, offsets);
    }

    private static final java.util.Comparator<TopicPartition> ORDER =
            java.util.Comparator.comparing(TopicPartition::toString);

    boolean isEmpty() {
        return offsets.isEmpty();
    }

    int size() {
        return offsets.size();
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        offsets.forEach((name, count) ->
                lines.add(String.format(Locale.ROOT, "  %-40s %,12d records", name, count)));
        return lines;
    }

    /** With what ingest had read of them. */
    void delete(Admin admin) throws ExecutionException, InterruptedException {
        try {
            admin.deleteTopics(offsets.keySet()).all().get();
        } catch (ExecutionException e) {
            // somebody else deleted it at the same time
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw e;
            }
        }
        try {
            admin.deleteConsumerGroups(List.of(topics.ingestGroup())).all().get();
        } catch (ExecutionException e) {
            // it never read any sample
            if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                throw e;
            }
        }
    }
}
