package dev.plimsoll.coordinator.kafka;

/** How the process ends; the launcher and its scripts rely on these. */
public final class ExitCodes {

    /** A bug, or something that should not happen. */
    public static final int INTERNAL = 1;

    /** The broker cannot be reached or used. */
    public static final int BROKER = 3;

    /** A setting or the model cannot be used. */
    public static final int SETTINGS = 4;

    /** Another coordinator serves this prefix. */
    public static final int FENCED = 6;

    private ExitCodes() {}

    /** The exit code for an error that ended a thread which must not end. */
    public static int of(Throwable error) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            if (isFencing(e)) {
                return FENCED;
            }
            if (e instanceof org.apache.kafka.common.KafkaException) {
                return BROKER;
            }
        }
        return INTERNAL;
    }

    private static boolean isFencing(Throwable e) {
        return e instanceof org.apache.kafka.common.errors.ProducerFencedException
                || e instanceof org.apache.kafka.common.errors.InvalidProducerEpochException
                || e instanceof org.apache.kafka.common.errors.FencedInstanceIdException;
    }
}
