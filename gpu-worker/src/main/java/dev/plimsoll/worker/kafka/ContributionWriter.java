package dev.plimsoll.worker.kafka;

import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Publishes gradient sums on a thread of its own, in the order in which they were handed over: per
 * shard the contribution's manifest, then its chunks, the shards side by side. The next one is sent
 * without waiting for the acknowledgement of the one before.
 */
public final class ContributionWriter implements Runnable, AutoCloseable {

    /** Called on the producer's threads, once a contribution. */
    public interface Listener {
        /** The broker has acknowledged all of it; the offsets between which it lies. */
        void published(long contribution, List<ChunkSpan> spans);

        void failed(Throwable problem);
    }

    private record Request(ContributionManifest manifest, TakenSum sum) {}

    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final ShardLayout layout;
    private final Listener listener;
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    public ContributionWriter(
            Clients clients,
            Topics topics,
            String clientId,
            ShardLayout layout,
            Listener listener) {
        this.producer = clients.burstWriter(clientId + "-contributions");
        this.topic = topics.gradients();
        this.layout = layout;
        this.listener = listener;
    }

    /** Any thread. The sum's bytes must stay as they are until it is published. */
    public void publish(ContributionManifest manifest, TakenSum sum) {
        requests.add(new Request(manifest, sum));
    }

    @Override
    public void run() {
        try {
            while (!closed) {
                Request request = requests.poll(200, TimeUnit.MILLISECONDS);
                if (request != null) {
                    write(request);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            producer.close(Duration.ZERO); // who leaves has waited for what counts
        }
    }

    private void write(Request request) {
        ContributionManifest manifest = request.manifest();
        List<List<CompletableFuture<Long>>> offsets = new ArrayList<>();
        for (int shard = 0; shard < layout.shards(); shard++) {
            offsets.add(new ArrayList<>());
            offsets.get(shard)
                    .add(send(Wire.CONTRIBUTION_MANIFESTS.toRecord(
                            topic,
                            shard,
                            shard + "/manifest",
                            manifest,
                            manifest.workerId(),
                            manifest.contribution() + "/" + shard)));
        }
        int most = 0;
        for (int shard = 0; shard < layout.shards(); shard++) {
            most = Math.max(most, layout.chunks(shard));
        }
        for (int chunk = 0; chunk < most; chunk++) {
            for (int shard = 0; shard < layout.shards(); shard++) {
                if (chunk < layout.chunks(shard)) {
                    offsets.get(shard).add(send(chunk(shard, chunk, request)));
                }
            }
        }
        tellWhenAcknowledged(manifest.contribution(), offsets);
    }

    private ProducerRecord<byte[], byte[]> chunk(int shard, int chunk, Request request) {
        WireVector vector = request.sum().vector();
        int size = vector.dtype().bytes();
        long from = (layout.start(shard) + layout.chunkStart(chunk)) * size;
        long to = from + (long) layout.chunkLength(shard, chunk) * size;
        byte[] slice =
                Arrays.copyOfRange(vector.bytes(), Math.toIntExact(from), Math.toIntExact(to));
        return new TensorChunk(
                        shard,
                        chunk,
                        "sum",
                        request.manifest().contribution(),
                        vector.dtype(),
                        slice)
                .toRecord(topic, request.manifest().workerId());
    }

    private void tellWhenAcknowledged(
            long contribution, List<List<CompletableFuture<Long>>> offsets) {
        CompletableFuture.allOf(
                        offsets.stream().flatMap(List::stream).toArray(CompletableFuture[]::new))
                .whenComplete((all, problem) -> {
                    if (problem == null) {
                        listener.published(contribution, spans(offsets));
                    } else if (!closed) {
                        listener.failed(problem);
                    }
                });
    }

    private static List<ChunkSpan> spans(List<List<CompletableFuture<Long>>> offsets) {
        List<ChunkSpan> spans = new ArrayList<>();
        for (int shard = 0; shard < offsets.size(); shard++) {
            var statistics = offsets.get(shard).stream()
                    .mapToLong(CompletableFuture::join)
                    .summaryStatistics();
            spans.add(new ChunkSpan(shard, statistics.getMin(), statistics.getMax()));
        }
        return spans;
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

    @Override
    public void close() {
        closed = true;
    }
}
