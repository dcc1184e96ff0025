package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;

/**
 * The gradient sum, with what is in the scratch added to it, taken layer by layer while the scratch
 * is still being filled. It has the bits that adding first and taking then would give: every value
 * is added and rounded by itself. The sum itself is not touched before the end.
 */
public interface SumParts extends AutoCloseable {

    /** Where parts go; called by one thread at a time. */
    @FunctionalInterface
    interface Listener {
        /** The values from one to before another are there as they travel. */
        void part(WireVector vector, int from, int to);
    }

    /** The device was given all that fills the scratch for this layer. */
    void layer(int layer);

    /**
     * After every layer, when the scratch is finite: what was taken, once all of it was handed
     * over. The sum becomes zero, and what was taken is what {@link AdapterFold#foldTaken} takes.
     */
    TakenSum finish();

    /** Nothing is handed over any more, and nothing is read any more. */
    @Override
    void close();
}
