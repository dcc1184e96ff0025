package dev.plimsoll.engine.wide;

import java.util.ArrayList;
import java.util.List;

/**
 * What a card does next in a pipeline: a chunk's forward pass or its backward pass.
 *
 * @param chunk counted from 0
 */
record Step(boolean forward, int chunk) {

    /**
     * One forward, one backward (Narayanan et al. 2019, PipeDream-Flush): card s of S has at most S
     * − s chunks under way. All cards that follow this order wait for each other without end
     * nowhere: a card's k-th receipt is its neighbour's k-th sending.
     */
    static List<Step> oneForwardOneBackward(int stage, int stages, int chunks) {
        int ahead = underWay(stage, stages, chunks) - 1;
        List<Step> steps = new ArrayList<>();
        for (int chunk = 0; chunk < ahead; chunk++) {
            steps.add(new Step(true, chunk));
        }
        for (int chunk = ahead; chunk < chunks; chunk++) {
            steps.add(new Step(true, chunk));
            steps.add(new Step(false, chunk - ahead));
        }
        for (int chunk = chunks - ahead; chunk < chunks; chunk++) {
            steps.add(new Step(false, chunk));
        }
        return steps;
    }

    /** All chunks forward, one after the other. */
    static List<Step> forwardOnly(int chunks) {
        List<Step> steps = new ArrayList<>();
        for (int chunk = 0; chunk < chunks; chunk++) {
            steps.add(new Step(true, chunk));
        }
        return steps;
    }

    /** The most chunks whose activations a card holds at once. */
    static int underWay(int stage, int stages, int chunks) {
        return Math.min(stages - stage, chunks);
    }
}
