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
 * shard what there is of it already, the contribution's manifest, then the other chunks, the shards
 * side by side. The next one is sent without waiting for the acknowledgement of the one before.
 */
public final class ContributionWriter implements Runnable, AutoCloseable {

    /** Called on the producer's threads, once a contribution. */
    public interface Listener {
        /** The broker has acknowledged all of it; the offsets between which it lies. */
        void published(long contribution, List<ChunkSpan> spans);

        void failed(Throwable problem);
    }

    private sealed interface Request {}

    private record Part(long contribution, WireVector vector, int from, int to, String workerId)
            implements Request {}

    private record Whole(ContributionManifest manifest, TakenSum sum) implements Request {}

    /** What of a contribution has left, and what is there of the rest. */
    private final class Parts {
        private final long contribution;
        private final List<List<CompletableFuture<Long>>> offsets = new ArrayList<>();
        /** By shard and chunk: the values that are not there yet; -1 once it has left. */
        private final int[][] missing = new int[layout.shards()][];

        private Parts(long contribution) {
            this.contribution = contribution;
            for (int shard = 0; shard < layout.shards(); shard++) {
                offsets.add(new ArrayList<>());
                missing[shard] = new int[layout.chunks(shard)];
                for (int chunk = 0; chunk < missing[shard].length; chunk++) {
                    missing[shard][chunk] = layout.chunkLength(shard, chunk);
                }
            }
        }

        /** Sends each chunk that the part completes. */
        private void add(Part part) {
            for (int shard = 0; shard < layout.shards(); shard++) {
                long start = layout.start(shard);
                long from = Math.max(part.from() - start, 0);
                long to = Math.min(part.to() - start, layout.length(shard));
                for (long at = from; at < to; ) {
                    int chunk = (int) (at / layout.chunkValues());
                    long end = layout.chunkStart(chunk) + layout.chunkLength(shard, chunk);
                    long next = Math.min(to, end);
                    missing[shard][chunk] -= (int) (next - at);
                    if (missing[shard][chunk] == 0) {
                        send(shard, chunk, part.vector(), part.workerId());
                    }
                    at = next;
                }
            }
        }

        private void send(int shard, int chunk, WireVector vector, String workerId) {
            if (missing[shard][chunk] >= 0) {
                missing[shard][chunk] = -1;
                offsets.get(shard)
                        .add(ContributionWriter.this.send(
                                chunk(shard, chunk, contribution, vector, workerId)));
            }
        }
    }

    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final ShardLayout layout;
    private final Listener listener;
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    /** Of the contribution that has begun last; null for none. */
    private Parts begun;

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
        requests.add(new Whole(manifest, sum));
    }

    /**
     * Any thread. The values from one to before another are in the vector as they travel, and stay
     * so: each chunk that is there as a whole leaves at once. It counts for nothing before
     * {@link #publish} of the same contribution, which sends the rest; if another one comes
     * instead, what has left is void.
     */
    public void publishPart(
            long contribution, WireVector vector, int from, int to, String workerId) {
        requests.add(new Part(contribution, vector, from, to, workerId));
    }

    @Override
    public void run() {
        try {
            while (!closed) {
                Request request = requests.poll(200, TimeUnit.MILLISECONDS);
                switch (request) {
                    case null -> {}
                    case Part part -> begun(part.contribution()).add(part);
                    case Whole whole -> write(whole);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            producer.close(Duration.ZERO); // who leaves has waited for what counts
        }
    }

    private Parts begun(long contribution) {
        if (begun == null || begun.contribution != contribution) {
            begun = new Parts(contribution);
        }
        return begun;
    }

    private void write(Whole whole) {
        ContributionManifest manifest = whole.manifest();
        Parts parts = begun(manifest.contribution());
        begun = null;
        for (int shard = 0; shard < layout.shards(); shard++) {
            parts.offsets
                    .get(shard)
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
                    parts.send(shard, chunk, whole.sum().vector(), manifest.workerId());
                }
            }
        }
        tellWhenAcknowledged(manifest.contribution(), parts.offsets);
    }

    private ProducerRecord<byte[], byte[]> chunk(
            int shard, int chunk, long contribution, WireVector vector, String workerId) {
        int size = vector.dtype().bytes();
        long from = (layout.start(shard) + layout.chunkStart(chunk)) * size;
        long to = from + (long) layout.chunkLength(shard, chunk) * size;
        byte[] slice =
                Arrays.copyOfRange(vector.bytes(), Math.toIntExact(from), Math.toIntExact(to));
        return new TensorChunk(shard, chunk, TensorChunk.SUM, contribution, vector.dtype(), slice)
                .toRecord(topic, workerId);
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
