package dev.plimsoll.cli.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.IngestOffsets;
import dev.plimsoll.wire.sample.RejectedSample;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/**
 * Removes the text of one sample from a run's topics: tombstones, then one compaction. Decision
 * 0164.
 *
 * @param clients of the run
 * @param ingests whether a coordinator still reads samples: nothing may be compacted before it has
 *     read it
 */
record Forgetting(Admin admin, Clients clients, Topics topics, boolean ingests, Duration patience) {

    private static final Duration LOOK = Duration.ofMillis(200);
    private static final String NOTE = "its text was removed on request";

    void forget(String id, SampleTraces traces) throws ExecutionException, InterruptedException {
        if (!traces.submitted().isEmpty()) {
            submitted(id, traces);
        }
        if (traces.isShownInRejections()) {
            // ingest has rejected the tombstones meanwhile
            rejected(id, SampleTraces.find(clients, topics, id));
        }
    }

    private void submitted(String id, SampleTraces traces)
            throws ExecutionException, InterruptedException {
        TopicCompaction compaction = new TopicCompaction(admin, clients, topics.samples());
        Map<TopicPartition, Long> last =
                new TreeMap<>(java.util.Comparator.comparingInt(TopicPartition::partition));
        try (Producer<byte[], byte[]> writer = clients.writer("plimsoll-forget")) {
            for (int partition : traces.partitions()) {
                tombstone(writer, topics.samples(), partition, id);
            }
            compaction.remove(
                    traces.submitted(),
                    () -> {
                        for (int partition : traces.partitions()) {
                            last.put(
                                    new TopicPartition(topics.samples(), partition),
                                    tombstone(writer, topics.samples(), partition, id));
                        }
                    },
                    () -> awaitIngest(last));
        }
    }

    private void awaitIngest(Map<TopicPartition, Long> last) throws InterruptedException {
        if (!ingests) {
            return;
        }
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            Map<TopicPartition, IngestOffsets.Place> read = IngestOffsets.read(admin, topics);
            boolean all = last.entrySet().stream().allMatch(tombstone -> {
                IngestOffsets.Place place = read.get(tombstone.getKey());
                return place != null && place.openFrom() > tombstone.getValue();
            });
            if (all) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw CliFailure.input("nobody has read " + topics.samples() + " to its end in "
                        + patience.toSeconds() + " s, so nothing was removed; start the run's "
                        + "coordinator, and give the command again");
            }
            Thread.sleep(LOOK);
        }
    }

    private void rejected(String id, SampleTraces traces)
            throws ExecutionException, InterruptedException {
        TopicCompaction compaction = new TopicCompaction(admin, clients, topics.rejected());
        try (Producer<byte[], byte[]> writer = clients.writer("plimsoll-forget")) {
            for (SampleTraces.Rejection rejection : traces.rewritten()) {
                writer.send(anew(rejection, id)).get();
            }
            for (SampleTraces.Rejection rejection : traces.rewritten()) {
                tombstone(writer, topics.rejected(), 0, rejection.key());
            }
            compaction.remove(
                    traces.rejections().stream()
                            .map(SampleTraces.Rejection::place)
                            .toList(),
                    () -> tombstone(writer, topics.rejected(), 0, id),
                    () -> {});
        }
    }

    /** Under a key of its own; without the text where it is that of the sample. */
    private ProducerRecord<byte[], byte[]> anew(SampleTraces.Rejection rejection, String id) {
        RejectedSample was = rejection.sample();
        RejectedSample is = was.sampleId().equals(id)
                ? new RejectedSample(
                        was.sampleId(),
                        was.origin(),
                        "",
                        was.reason(),
                        NOTE,
                        new RejectedSample.Content(was.content().sha256(), ""))
                : was;
        String key = was.sampleId() + "#" + was.origin().partition() + ":"
                + was.origin().offset();
        return Wire.REJECTED.toRecord(topics.rejected(), 0, key, is, "forget", key + "/forget");
    }

    /** Returns where it lies. */
    private static long tombstone(
            Producer<byte[], byte[]> writer, String topic, int partition, String key)
            throws ExecutionException, InterruptedException {
        byte[] bytes = key.getBytes(UTF_8);
        return writer.send(new ProducerRecord<>(topic, partition, bytes, null))
                .get()
                .offset();
    }

    /** What is left of the sample, in whole sentences. */
    static List<String> whatStays(Topics topics, String id, SampleTraces traces) {
        return List.of(
                "Its id, its SHA-256 and what became of it stay in " + topics.rejected() + ", "
                        + topics.tokenized() + " and " + topics.journal() + ", so that the audit "
                        + "still finds every sample.",
                traces.sequences() == 0
                        ? "It was never turned into tokens."
                        : "Its token ids stay in "
                                + topics.tokenized() + " (" + traces.sequences()
                                + " records) until `plimsoll runs delete "
                                + topics.prefix() + "`: the run may train them again, and who has "
                                + "the tokenizer can read them.",
                "Gradients that it went into are deleted with the next written state "
                        + "(`state-every`); it stays in every version of the adapter that it was "
                        + "trained into, and in exports of them.",
                "Brokers keep the old files for about a minute (file.delete.delay.ms), and backups "
                        + "and other consumers of " + topics.samples() + " are not reached.");
    }
}
