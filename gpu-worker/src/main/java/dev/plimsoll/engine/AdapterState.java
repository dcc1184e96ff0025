package dev.plimsoll.engine;

/**
 * A version of the whole adapter with what its next update needs, all fp32, in the order of the
 * layout. The arrays are handed over.
 *
 * @param updates how many optimizer updates led to it: Adam's t. As far as is known: after a
 *     rollback it may be less. A fold goes by the number that it is given
 */
public record AdapterState(
        long version, long updates, float[] master, float[] firstMoment, float[] secondMoment) {}
