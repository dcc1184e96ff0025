package dev.plimsoll.engine;

import java.util.Arrays;

/**
 * A version of the whole adapter with what its next update needs, all fp32, in the order of the
 * layout. The arrays are handed over.
 *
 * @param updates how many optimizer updates led to it: Adam's t. As far as is known: after a
 *     rollback it may be less. A fold goes by the number that it is given
 */
public record AdapterState(
        long version, long updates, float[] master, float[] firstMoment, float[] secondMoment) {

    /** Refuses a state that has not so many values. */
    public void require(int parameters) {
        if (master.length != parameters
                || firstMoment.length != parameters
                || secondMoment.length != parameters) {
            throw new IllegalArgumentException("version " + version
                    + " of the adapter and its moments have " + master.length + ", "
                    + firstMoment.length + " and " + secondMoment.length
                    + " values, the layout has " + parameters);
        }
    }

    /** The values from one to before another, as a state of their own. */
    public AdapterState part(int from, int to) {
        return new AdapterState(
                version,
                updates,
                Arrays.copyOfRange(master, from, to),
                Arrays.copyOfRange(firstMoment, from, to),
                Arrays.copyOfRange(secondMoment, from, to));
    }
}
