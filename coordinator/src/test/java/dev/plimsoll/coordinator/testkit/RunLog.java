package dev.plimsoll.coordinator.testkit;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** Writes a test's samples and reads what a run left in its topics. */
public final class RunLog {

    /** Of every test sample. */
    public static final int TOKENS = 20;

    private final Clients clients;
    private final Topics topics;

    public RunLog(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
    }

    /** Puts sequences straight into the topic tokenized; returns their ordinals. */
    public List<Long> tokenized(int from, int count) {
        return tokenized(SourceName.DEFAULT, from, count);
    }

    /** Of that source. */
    public List<Long> tokenized(String source, int from, int count) {
        List<Future<RecordMetadata>> sends = new ArrayList<>();
        try (var writer = clients.writer("test-samples")) {
            for (int i = from; i < from + count; i++) {
                boolean[] trainOn = new boolean[TOKENS];
                Arrays.fill(trainOn, 1, TOKENS, true);
                TokenizedSample sample = new TokenizedSample(
                        "s" + i,
                        new SampleOrigin(0, i),
                        "00".repeat(32),
                        new int[TOKENS],
                        trainOn,
                        0,
                        List.of(),
                        source);
                sample.toRecords(topics.tokenized())
                        .forEach(record -> sends.add(writer.send(record)));
                // a request that a new topic does not take yet must not be overtaken: what follows
                // would be out of
                // order
                offset(sends.getFirst());
            }
        }
        return sends.stream().map(RunLog::offset).toList();
    }

    private static long offset(Future<RecordMetadata> send) {
        try {
            return send.get().offset();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public List<ConsumerRecord<byte[], byte[]>> all(String topic, int partition) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (var reader = clients.reader("test-reader")) {
            new PartitionReader(reader).readAll(new TopicPartition(topic, partition), records::add);
        }
        return records;
    }

    public <T> List<T> all(String topic, WireCodec<T> codec) {
        return all(topic, 0).stream()
                .map(record -> switch (codec.decode(record)) {
                    case Decoded.Ok<T>(var value) -> value;
                    case Decoded.Malformed<T> bad ->
                        throw new IllegalStateException(bad.toString());
                })
                .toList();
    }

    /** The newest of each version, in order; for version 0 too. */
    public List<ShardManifest> manifests(int shard) {
        SortedMap<Long, ShardManifest> newest = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : all(topics.adapter(), shard)) {
            if (!TensorChunk.isChunk(record)) {
                ShardManifest manifest =
                        ((Decoded.Ok<ShardManifest>) Wire.SHARD_MANIFESTS.decode(record)).value();
                newest.put(manifest.version(), manifest);
            }
        }
        return List.copyOf(newest.values());
    }

    /** Whether every shard has written the state of that version. */
    public boolean isSaved(long version) {
        return IntStream.range(0, TestRun.SHARDS)
                .allMatch(shard -> manifests(shard).stream()
                        .anyMatch(
                                manifest -> manifest.version() == version && manifest.hasState()));
    }

    /** The adapter of the newest state, flat. */
    public float[] adapter() {
        float[] flat = new float[TestRun.PARAMETERS];
        ShardLayout layout = new ShardLayout(TestRun.PARAMETERS, TestRun.SHARDS);
        for (int shard = 0; shard < layout.shards(); shard++) {
            for (ConsumerRecord<byte[], byte[]> record : all(topics.adapter(), shard)) {
                if (TensorChunk.isChunk(record)) {
                    TensorChunk chunk =
                            ((Decoded.Ok<TensorChunk>) TensorChunk.decode(record)).value();
                    int at =
                            Math.toIntExact(layout.start(shard)) + layout.chunkStart(chunk.chunk());
                    System.arraycopy(chunk.values(), 0, flat, at, chunk.values().length);
                }
            }
        }
        return flat;
    }

    /** The ordinals that the version was built from, as the workers' own manifests say. */
    public static List<Long> ordinals(ShardManifest manifest) {
        return manifest.builtFrom().stream()
                .flatMap(contribution -> contribution.attempts().stream())
                .flatMap(attempt -> attempt.ordinals().stream())
                .sorted()
                .toList();
    }
}
