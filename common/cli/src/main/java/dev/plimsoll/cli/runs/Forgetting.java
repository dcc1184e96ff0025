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
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Removes the text of samples from a run's topics: tombstones, then one compaction. Decision 0164.
 *
 * @param clients of the run
 * @param ingests whether a coordinator still reads samples: nothing may be compacted before it has
 *     read it
 */
record Forgetting(Admin admin, Clients clients, Topics topics, boolean ingests, Duration patience) {

    private static final Duration LOOK = Duration.ofMillis(200);
    private static final String NOTE = "its text was removed on request";

    void forget(SampleTraces traces) throws ExecutionException, InterruptedException {
        if (!traces.submitted().isEmpty()) {
            submitted(traces);
        }
        if (traces.isShownInRejections()) {
            // ingest has rejected the tombstones meanwhile
            rejected(SampleTraces.find(clients, topics, traces.ids()));
        }
    }

    private void submitted(SampleTraces traces) throws ExecutionException, InterruptedException {
        TopicCompaction compaction = new TopicCompaction(admin, clients, topics.samples());
        SortedMap<Integer, Set<String>> ids = traces.byPartition();
        Map<TopicPartition, Long> last = new HashMap<>();
        try (Producer<byte[], byte[]> writer = clients.writer("plimsoll-forget")) {
            List<ProducerRecord<byte[], byte[]>> tombstones = new ArrayList<>();
            ids.forEach((partition, own) ->
                    own.forEach(id -> tombstones.add(tombstone(topics.samples(), partition, id))));
            send(writer, tombstones);
            compaction.remove(
                    traces.places(),
                    () -> {
                        for (var own : ids.entrySet()) {
                            String id = own.getValue().iterator().next();
                            last.put(
                                    new TopicPartition(topics.samples(), own.getKey()),
                                    send(
                                            writer,
                                            List.of(tombstone(
                                                    topics.samples(), own.getKey(), id))));
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

    /** What is written anew must be there before that goes which it replaces. */
    private void rejected(SampleTraces traces) throws ExecutionException, InterruptedException {
        TopicCompaction compaction = new TopicCompaction(admin, clients, topics.rejected());
        String any = traces.ids().iterator().next();
        try (Producer<byte[], byte[]> writer = clients.writer("plimsoll-forget")) {
            List<SampleTraces.Rejection> all = traces.rewritten();
            send(writer, all.stream().map(is -> anew(is, traces.ids())).toList());
            send(
                    writer,
                    all.stream()
                            .map(is -> tombstone(topics.rejected(), 0, is.key()))
                            .toList());
            compaction.remove(
                    traces.rejections().stream()
                            .map(SampleTraces.Rejection::place)
                            .toList(),
                    () -> send(writer, List.of(tombstone(topics.rejected(), 0, any))),
                    () -> {});
        }
    }

    /** Under a key of its own; without the text where it is that of the sample. */
    private ProducerRecord<byte[], byte[]> anew(SampleTraces.Rejection rejection, Set<String> ids) {
        RejectedSample was = rejection.sample();
        RejectedSample is = ids.contains(was.sampleId())
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

    private static ProducerRecord<byte[], byte[]> tombstone(
            String topic, int partition, String key) {
        return new ProducerRecord<>(topic, partition, key.getBytes(UTF_8), null);
    }

    /** Returns when the broker has all of them, and where the last one lies. */
    private static long send(
            Producer<byte[], byte[]> writer, List<ProducerRecord<byte[], byte[]>> records)
            throws ExecutionException, InterruptedException {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        records.forEach(record -> sent.add(writer.send(record)));
        long last = -1;
        for (Future<RecordMetadata> one : sent) {
            last = one.get().offset();
        }
        return last;
    }

    /** What is left of the samples, in whole sentences. */
    static List<String> whatStays(Topics topics, SampleTraces traces) {
        boolean one = traces.ids().size() == 1;
        return List.of(
                (one ? "Its id, its SHA-256" : "Ids, SHA-256s") + " and what became of "
                        + (one ? "it" : "them") + " stay in " + topics.rejected() + ", "
                        + topics.tokenized() + " and " + topics.journal() + ", so that the audit "
                        + "still finds every sample.",
                traces.sequences() == 0
                        ? (one ? "It was" : "They were") + " never turned into tokens."
                        : (one ? "Its" : "Their") + " token ids stay in "
                                + topics.tokenized() + " (" + traces.sequences()
                                + " records) until `plimsoll runs delete "
                                + topics.prefix() + "`: the run may train them again, and who has "
                                + "the tokenizer can read them.",
                "Gradients of them are deleted with the next written state (`state-every`); what "
                        + "was trained stays in every version of the adapter that it was trained "
                        + "into, and in exports of them.",
                "Brokers keep the old files for about a minute (file.delete.delay.ms), and backups "
                        + "and other consumers of " + topics.samples() + " are not reached.");
    }
}
