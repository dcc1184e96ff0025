package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ShardInput;
import dev.plimsoll.coordinator.parameters.SumToPublish;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The sum that one owner of a shard publishes: a record now and then, in no transaction. An owner
 * that was replaced writes on, and nothing keeps it from that.
 */
final class SimPublication {
    private static final int SLOW = 15;
    private static final int[] PACES = {90, 50, 15, 10};

    private final SimWorld world;
    private final int shard;
    private final long owner;
    private final SplittableRandom random;
    private final List<SimGradient> log;
    private final Deque<SimGradient> unsent = new ArrayDeque<>();
    private final int pace;
    private Optional<SumToPublish> sum = Optional.empty();
    private String name = "";
    private int parts;
    private long first;
    private long last;

    SimPublication(SimWorld world, int shard, long owner, SplittableRandom random) {
        this.world = world;
        this.shard = shard;
        this.owner = owner;
        this.random = random;
        this.log = world.kafka.sums.get(shard);
        this.pace = PACES[random.nextInt(PACES.length)];
    }

    boolean isUnderWay() {
        return sum.isPresent();
    }

    /** What was sent of another is no part of this. */
    void send(String publication, List<TensorChunk> chunks) {
        if (!publication.equals(name)) {
            name = publication;
            first = -1;
            parts = 0;
        }
        parts++;
        chunks.forEach(chunk -> unsent.add(new SimGradient.Chunk(chunk, false)));
    }

    void begin(SumToPublish of) {
        send(of.publication(), of.chunks());
        if (parts > 1) {
            world.situations.add(Situation.SUM_IS_MADE_ON_ARRIVAL);
        }
        sum = Optional.of(of);
        for (int place = 0; place < of.manifests().size(); place++) {
            unsent.add(new SimGradient.Manifest(
                    of.manifestKey(place), of.manifests().get(place)));
        }
    }

    /** What it is told once all of it is there. */
    Optional<ShardInput> act() {
        int now = world.calm ? PACES[0] : isReplaced() ? SLOW : pace;
        while (!unsent.isEmpty() && random.nextInt(100) < now) {
            send(unsent.poll());
        }
        if (sum.isEmpty() || !unsent.isEmpty()) {
            return Optional.empty();
        }
        SumToPublish published = sum.get();
        sum = Optional.empty();
        return Optional.of(new ShardInput.SumPublished(
                published, new ChunkSpan(shard, first, last, published.publication())));
    }

    private void send(SimGradient record) {
        first = first < 0 ? log.size() : first;
        last = log.size();
        log.add(isReplaced() ? damaged(record) : record);
    }

    private boolean isReplaced() {
        return owner != world.kafka.shardOwners[shard];
    }

    /** A bit has turned over before the checksum is made: nobody vouches for it now. */
    private SimGradient damaged(SimGradient record) {
        if (!(record instanceof SimGradient.Chunk(TensorChunk chunk, boolean is))) {
            return record;
        }
        byte[] bytes = chunk.bytes().clone();
        bytes[bytes.length - 1] ^= 0x01;
        return new SimGradient.Chunk(
                new TensorChunk(
                        shard, chunk.chunk(), chunk.part(), chunk.owner(), chunk.dtype(), bytes),
                is);
    }
}
