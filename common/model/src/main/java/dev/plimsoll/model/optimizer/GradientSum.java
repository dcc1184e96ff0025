package dev.plimsoll.model.optimizer;

/**
 * The unnormalised gradient of a step on a slice of the adapter: the first named contribution as it
 * is, then each next one added in fp32, in the named order. Contributions come in chunks; chunks of
 * different numbers may be added in any order, those of one number only in the order of the
 * contributions.
 */
public final class GradientSum {
    private final float[] sum;
    private final int chunkValues;
    private final int[] added;

    /** @param chunkValues values in each chunk but the last, which may be shorter */
    public GradientSum(int length, int chunkValues) {
        this(new float[length], chunkValues);
    }

    /** As above, in an array that may hold anything. */
    public GradientSum(float[] room, int chunkValues) {
        this.sum = room;
        this.chunkValues = chunkValues;
        this.added = new int[Math.ceilDiv(room.length, chunkValues)];
    }

    /** How many contributions are in the chunk: the place of the one that it takes next. */
    public int next(int chunk) {
        return added[chunk];
    }

    /**
     * Fails when the contribution's place is not {@link #next} or the length is another.
     *
     * @param place of the contribution in the named order, from 0 on
     * @param values decoded
     */
    public void add(int place, int chunk, float[] values) {
        int start = chunk * chunkValues;
        if (place != added[chunk]) {
            throw new IllegalArgumentException("chunk " + chunk + " holds " + added[chunk]
                    + " contributions and cannot take the one at place " + place);
        }
        if (values.length != Math.min(chunkValues, sum.length - start)) {
            throw new IllegalArgumentException("chunk " + chunk + " with " + values.length
                    + " values, of a slice of " + sum.length);
        }
        if (place == 0) {
            System.arraycopy(values, 0, sum, start, values.length);
        } else {
            for (int i = 0; i < values.length; i++) {
                sum[start + i] += values[i];
            }
        }
        added[chunk]++;
    }

    /** Whether so many contributions are in every chunk. */
    public boolean holds(int contributions) {
        for (int count : added) {
            if (count != contributions) {
                return false;
            }
        }
        return true;
    }

    /** Not copied: do not change what later chunks are added to. */
    public float[] values() {
        return sum;
    }
}
