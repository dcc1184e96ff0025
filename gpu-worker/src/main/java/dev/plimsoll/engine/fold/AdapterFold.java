package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.SumSharing;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.Optional;

/**
 * Holds the adapter's version with its moments and makes the next one of a gradient sum, with the
 * bits of {@link dev.plimsoll.model.optimizer}. What the engine computes with is written by every
 * load and fold.
 */
public interface AdapterFold extends AutoCloseable {

    /** Replaces whatever it held; what was taken before is forgotten. */
    void load(AdapterState state);

    /**
     * As {@link #take}, without norms: of a card's part of the adapter, rounded as part of the
     * whole.
     */
    WireVector takeVector(long contribution, TensorDtype dtype);

    /** The sum as it travels, which is also what {@link #foldTaken} takes; the sum becomes zero. */
    TakenSum take(long contribution, TensorDtype dtype, ShardLayout layout);

    /**
     * {@link #take} in parts, of the sum with what will be in the scratch; to be closed before the
     * scratch or the sum are used for anything else. Empty where the device would have to wait for
     * the host. What was taken before is forgotten, whether the parts are finished or not.
     */
    Optional<SumParts> parts(SumSharing.Order order, SumParts.Listener listener);

    /**
     * Refuses where nothing was taken since the state was loaded, or the parts of another sum were
     * begun and not finished. Returns the digest of the version that it made.
     */
    long foldTaken(FoldNumbers numbers);

    /** Returns the digest of the version that it made. */
    long fold(FoldNumbers numbers, WireVector sum);

    /** Of the version that it holds. */
    long digest();

    @Override
    void close();
}
