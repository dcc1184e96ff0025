package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.wire.Topics;

import org.apache.kafka.common.TopicPartition;

/** How the journal names a partition: the topic without its prefix, a dash, the partition. */
final class PartitionName {

    private PartitionName() {}

    static String of(TopicPartition partition, Topics topics) {
        return partition.topic().substring(topics.prefix().length() + 1) + "-"
                + partition.partition();
    }
}
