package dev.plimsoll.engine;

import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.Optional;

/**
 * What becomes of the gradient sum of a micro-batch that is the last of its step: it is handed over
 * in parts while the backward pass goes on, each as soon as the gradients of its layer are in it.
 * Nothing is promised by a part: when the micro-batch fails, they are all void.
 */
public interface SumSharing {

    /** Nothing is handed over. */
    SumSharing NONE = new SumSharing() {
        @Override
        public Optional<Order> order() {
            return Optional.empty();
        }

        @Override
        public void part(long contribution, WireVector vector, int from, int to) {
            throw new IllegalStateException("nothing was asked for");
        }

        @Override
        public void taken(TakenSum sum) {
            throw new IllegalStateException("nothing was asked for");
        }
    };

    /** As the arguments of {@link TrainingEngine#takeSum}. */
    record Order(long contribution, TensorDtype dtype, ShardLayout layout) {}

    /**
     * Asked on the engine's thread, once, before the backward pass begins: as what the sum is to be
     * taken when this micro-batch is in it. Empty: it stays where it is.
     */
    Optional<Order> order();

    /**
     * The values from one to before another are in the vector as they will travel if the
     * micro-batch ends well; no other part has them. Not on the engine's thread, perhaps; must
     * return quickly.
     */
    void part(long contribution, WireVector vector, int from, int to);

    /**
     * On the engine's thread, as the last of a micro-batch that ended well, behind all parts: what
     * {@link TrainingEngine#takeSum} would have returned then. Not called when the engine does not
     * share: then the sum stays where it is.
     */
    void taken(TakenSum sum);
}
