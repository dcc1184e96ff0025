package dev.plimsoll.model.machine;

import java.util.List;

/**
 * Whether a model fits the cards of some workers, as a probe prints it for the command line.
 *
 * @param problem of the first worker that has one, with what is needed, what is there and what
 *     would fit; empty where all fit, and where nobody can tell
 * @param worker whose problem it is, counted from 0
 * @param held it would fit if nobody else held memory of these cards
 * @param wider the fewest cards that hold the model, the worker's own among them where these are no
 *     more; empty where no set of those that are visible holds it
 */
public record FitAnswer(String problem, int worker, boolean held, List<Integer> wider) {

    /** Nothing is known that speaks against the start. */
    public static final FitAnswer FITS = new FitAnswer("", 0, false, List.of());

    public FitAnswer {
        wider = List.copyOf(wider);
    }

    public boolean fits() {
        return problem.isEmpty();
    }
}
