package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.worker.loop.Action;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * What leaves of a micro-batch's sum while it is trained: once the backward pass begins, chunk by
 * chunk, from the last on.
 */
final class SimSharing {
    /** Before, it is the forward pass. */
    private static final double BACKWARD = 1.0 / 3;

    private final SimWorld world;
    private final SimEngine engine;
    private final SimProducer producer;
    private final Action.Train train;
    private final Supplier<Optional<Action.Share>> asked;
    private boolean isBackward;
    private Optional<Action.Share> order = Optional.empty();
    private WireVector vector;
    private int left;

    /** @param asked takes what the process was told of this micro-batch */
    SimSharing(
            SimWorld world,
            SimEngine engine,
            SimProducer producer,
            Action.Train train,
            Supplier<Optional<Action.Share>> asked) {
        this.world = world;
        this.engine = engine;
        this.producer = producer;
        this.train = train;
        this.asked = asked;
    }

    /** @param done of the micro-batch */
    void goOn(double done) {
        if (!isBackward && done >= BACKWARD) {
            isBackward = true;
            order = asked.get();
            order.ifPresent(share -> vector = engine.sharing(train, share));
        }
        order.ifPresent(share -> {
            int chunks = chunks();
            int due = (int) (chunks * (done - BACKWARD) / (1 - BACKWARD));
            while (left < Math.min(due, chunks)) {
                send(share.contribution(), chunks - 1 - left++);
            }
        });
    }

    private int chunks() {
        int chunks = 0;
        for (int shard = 0; shard < world.layout.shards(); shard++) {
            chunks += world.layout.chunks(shard);
        }
        return chunks;
    }

    private void send(long contribution, int number) {
        int shard = 0;
        int chunk = number;
        while (chunk >= world.layout.chunks(shard)) {
            chunk -= world.layout.chunks(shard++);
        }
        producer.publishChunk(contribution, vector, shard, chunk);
    }

    /** What came of it, as the worker says. */
    MicroBatchResult result(MicroBatchResult is) {
        if (order.isPresent() && is instanceof MicroBatchResult.Failed) {
            if (left > 0) {
                world.situations.add(Situation.SHARED_PARTS_ARE_VOID);
            }
            if (world.plant == Plant.SHARED_WITHOUT_ITS_LAST) {
                return engine.asIfTrained(train);
            }
        }
        return is;
    }

    /** The sum, if it has left. */
    Optional<TakenSum> taken(MicroBatchResult result) {
        if (order.isEmpty() || result instanceof MicroBatchResult.Failed) {
            return Optional.empty();
        }
        world.situations.add(Situation.SUM_LEAVES_WITH_ITS_MICRO_BATCH);
        Action.Share share = order.get();
        TakenSum taken = engine.take(share.contribution(), share.dtype());
        if (world.plant == Plant.NONE) {
            assertThat(vector.bytes())
                    .as("what has left of contribution %d", share.contribution())
                    .isEqualTo(taken.vector().bytes());
        }
        return Optional.of(taken);
    }
}
