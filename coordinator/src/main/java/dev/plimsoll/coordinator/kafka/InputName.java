package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.wire.Topics;

import org.apache.kafka.common.TopicPartition;

/** How the journal names an input: the topic without its prefix, a dash, the partition. */
final class InputName {

    static final String TOKENIZED = "tokenized";
    static final String REPORTS = "reports";
    static final String CONTROL = "control";

    private InputName() {}

    static String of(TopicPartition partition, Topics topics) {
        return partition.topic().substring(topics.prefix().length() + 1) + "-"
                + partition.partition();
    }
}
