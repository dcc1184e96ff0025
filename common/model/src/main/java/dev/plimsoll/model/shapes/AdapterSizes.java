package dev.plimsoll.model.shapes;

/**
 * Bytes that an adapter takes on a device.
 *
 * @param parameters of the adapter
 */
public record AdapterSizes(long parameters, Precision precision) {

    /** The adapter as one vector. */
    public long flatBytes() {
        return parameters * precision.bytes();
    }

    /** Sum and scratch of the gradient. */
    public long gradientBytes() {
        return 2 * parameters * precision.wide().bytes();
    }

    /** Both, and the copies of the adapter beside the weights of the layers. */
    public long allBytes() {
        return gradientBytes() + 2 * flatBytes();
    }

    /** The master copy and both of Adam's moments, in fp32 whatever the precision. */
    public static long stateBytes(long parameters) {
        return 3 * parameters * Float.BYTES;
    }
}
