package dev.plimsoll.model.optimizer;

/**
 * A slice of the adapter at a version, with the history that its next update needs: what every
 * shard and every worker folds for itself. All of it is fp32, and the arrays are its own. Not safe
 * for use by several threads.
 */
public final class Replica {
    private final long firstParameter;
    private final AdamW.Vectors vectors;
    private long version;
    private long updates;

    /**
     * Takes the arrays over; they have one length.
     *
     * @param firstParameter the index of the slice's first parameter in the adapter
     * @param updates how many optimizer updates led to the version: Adam's t. The version's number,
     *     unless there was a rollback or the run goes on where another was
     */
    public Replica(long firstParameter, long version, long updates, AdamW.Vectors vectors) {
        if (updates < 0) {
            throw new IllegalArgumentException(
                    "version " + version + " after " + updates + " updates");
        }
        vectors.requireLength(vectors.p().length);
        this.firstParameter = firstParameter;
        this.version = version;
        this.updates = updates;
        this.vectors = vectors;
    }

    /** Version 0: the parameters as initialised, and no history. */
    public static Replica initial(long firstParameter, float[] master) {
        int length = master.length;
        return new Replica(
                firstParameter,
                0,
                0,
                new AdamW.Vectors(master.clone(), new float[length], new float[length]));
    }

    /**
     * Becomes the next version, in place.
     *
     * @param sum of the step, as every replica applies it; not changed
     * @param gradientScale by {@link GradientClip}
     */
    public void fold(AdamW adamW, float[] sum, double gradientScale, double learningRate) {
        fold(adamW, sum, gradientScale, updates + 1, learningRate);
    }

    /**
     * As above, by an update whose number is told: who reads a state after a rollback does not find
     * in it how many led to it.
     *
     * @param update Adam's t, counted from 1
     */
    public void fold(
            AdamW adamW, float[] sum, double gradientScale, long update, double learningRate) {
        adamW.fold(vectors, sum, gradientScale, update, learningRate);
        updates = update;
        version++;
    }

    /** With arrays of its own: what is kept where a fold may have to be taken back. */
    public Replica copy() {
        return new Replica(
                firstParameter,
                version,
                updates,
                new AdamW.Vectors(
                        vectors.p().clone(), vectors.m().clone(), vectors.v().clone()));
    }

    /** {@link StateDigest} of the parameters. */
    public long digest() {
        return StateDigest.of(vectors.p(), firstParameter);
    }

    public long firstParameter() {
        return firstParameter;
    }

    public long version() {
        return version;
    }

    public long updates() {
        return updates;
    }

    /** The parameters. Not copied: the next fold changes them. */
    public float[] master() {
        return vectors.p();
    }

    /** Adam's m. Not copied. */
    public float[] firstMoment() {
        return vectors.m();
    }

    /** Adam's v. Not copied. */
    public float[] secondMoment() {
        return vectors.v();
    }
}
