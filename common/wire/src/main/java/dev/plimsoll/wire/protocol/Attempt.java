package dev.plimsoll.wire.protocol;

/**
 * One try at one micro-batch. Ids are never reused within a run.
 *
 * @param step {@link #NO_STEP} for a micro-batch of an evaluation
 */
public record Attempt(long attempt, long step) {

    public static final long NO_STEP = -1;

    /** At a micro-batch that is evaluated, and never trained. */
    public static Attempt ofEvaluation(long attempt) {
        return new Attempt(attempt, NO_STEP);
    }

    /** Whether it is of an evaluation. */
    public boolean evaluates() {
        return step == NO_STEP;
    }
}
