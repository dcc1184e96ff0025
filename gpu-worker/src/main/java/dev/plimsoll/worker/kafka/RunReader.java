package dev.plimsoll.worker.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.RunSettings;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.List;

/**
 * Reads what the run is from the journal's first record, so that a worker needs only an address and
 * a model.
 */
public final class RunReader {

    private RunReader() {}

    /**
     * Waits for a run to be created. Throws {@link BrokerProblem} when there is none within
     * {@code patience}.
     */
    public static RunSettings await(Clients clients, Topics topics, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        TopicPartition journal = new TopicPartition(topics.journal(), 0);
        awaitTopic(clients, topics, deadline);
        try (Consumer<byte[], byte[]> consumer = clients.reader("plimsoll-run-reader")) {
            consumer.assign(List.of(journal));
            consumer.seekToBeginning(List.of(journal));
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(200))) {
                    if (Wire.JOURNAL.decode(record)
                            instanceof
                            Decoded.Ok<JournalRecord>(JournalRecord.RunCreated created)) {
                        return created.run();
                    }
                }
            }
        }
        throw noRun(topics);
    }

    private static void awaitTopic(Clients clients, Topics topics, long deadline) {
        try (var admin = clients.admin("plimsoll-run-reader")) {
            while (!admin.listTopics().names().get().contains(topics.journal())) {
                if (System.nanoTime() > deadline) {
                    throw noRun(topics);
                }
                Thread.sleep(200);
            }
        } catch (java.util.concurrent.ExecutionException e) {
            throw new BrokerProblem(
                    "the broker did not list its topics: " + e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw noRun(topics);
        }
    }

    private static BrokerProblem noRun(Topics topics) {
        return new BrokerProblem(
                "there is no run under the prefix '" + topics.prefix()
                        + "'; start its coordinator first, or check --prefix",
                null);
    }
}
