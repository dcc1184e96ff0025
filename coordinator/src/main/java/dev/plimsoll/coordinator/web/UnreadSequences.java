package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.start.Launch;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

import java.time.Duration;
import java.util.List;

/**
 * How many records of {@code tokenized} the planner has not read: it reads ahead for a few steps
 * only, however many wait.
 */
@ApplicationScoped
public class UnreadSequences {

    private static final Logger LOG = Logger.getLogger(UnreadSequences.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Launch launch;
    private Consumer<byte[], byte[]> reader;
    private long end;

    UnreadSequences(Launch launch) {
        this.launch = launch;
    }

    /**
     * A long sequence counts once for each of its chunks. While the broker does not answer, what it
     * said last holds.
     *
     * @param nextOrdinal up to where was read
     */
    synchronized long beyond(long nextOrdinal) {
        TopicPartition tokenized = new TopicPartition(launch.topics().tokenized(), 0);
        try {
            if (reader == null) {
                reader = launch.clients().reader("plimsoll-scaling");
            }
            end = reader.endOffsets(List.of(tokenized), PATIENCE).get(tokenized);
        } catch (KafkaException e) {
            LOG.debugf("the end of %s is not told: %s", tokenized, e.getMessage());
        }
        return Math.max(0, end - nextOrdinal);
    }

    @PreDestroy
    synchronized void close() {
        if (reader != null) {
            reader.close();
        }
    }
}
