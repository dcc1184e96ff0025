package dev.plimsoll.worker.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Publishes a gradient sum: per shard the contribution's manifest, then its chunks. The returned
 * future completes once the broker has acknowledged all of them, with the offsets between which
 * they lie.
 */
public final class ContributionWriter {

    /** Copies {@code into.length} values of the flat sum from parameter {@code from} on. */
    public interface SumReader {
        void read(int from, float[] into);
    }

    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final ShardLayout layout;

    public ContributionWriter(
            Producer<byte[], byte[]> producer, Topics topics, ShardLayout layout) {
        this.producer = producer;
        this.topic = topics.gradients();
        this.layout = layout;
    }

    /** Reads the sum before it returns; the caller may zero it then. */
    public CompletableFuture<List<ChunkSpan>> write(ContributionManifest manifest, SumReader sum) {
        List<CompletableFuture<ChunkSpan>> spans = new ArrayList<>();
        for (int shard = 0; shard < layout.shards(); shard++) {
            spans.add(writeShard(manifest, shard, sum));
        }
        return CompletableFuture.allOf(spans.toArray(CompletableFuture[]::new))
                .thenApply(all -> spans.stream().map(CompletableFuture::join).toList());
    }

    private CompletableFuture<ChunkSpan> writeShard(
            ContributionManifest manifest, int shard, SumReader sum) {
        List<CompletableFuture<Long>> offsets = new ArrayList<>();
        String source = manifest.workerId();
        offsets.add(send(Wire.CONTRIBUTION_MANIFESTS.toRecord(
                topic,
                shard,
                shard + "/manifest",
                manifest,
                source,
                manifest.contribution() + "/" + shard)));
        for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
            float[] values = new float[layout.chunkLength(shard, chunk)];
            sum.read(Math.toIntExact(layout.start(shard)) + layout.chunkStart(chunk), values);
            offsets.add(send(new TensorChunk(shard, chunk, "sum", manifest.contribution(), values)
                    .toRecord(topic, source)));
        }
        return CompletableFuture.allOf(offsets.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    var statistics =
                            offsets.stream().mapToLong(CompletableFuture::join).summaryStatistics();
                    return new ChunkSpan(shard, statistics.getMin(), statistics.getMax());
                });
    }

    private CompletableFuture<Long> send(ProducerRecord<byte[], byte[]> record) {
        CompletableFuture<Long> acknowledged = new CompletableFuture<>();
        producer.send(record, (metadata, problem) -> {
            if (problem != null) {
                acknowledged.completeExceptionally(problem);
            } else {
                acknowledged.complete(metadata.offset());
            }
        });
        return acknowledged;
    }
}
