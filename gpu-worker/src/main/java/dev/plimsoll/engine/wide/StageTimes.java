package dev.plimsoll.engine.wide;

/**
 * What a card did in a micro-batch.
 *
 * @param forwardMicros busy with forward passes and the head
 * @param backwardMicros busy with backward passes
 * @param wholeMicros from the beginning of the micro-batch to the end of the card's last pass
 */
public record StageTimes(long forwardMicros, long backwardMicros, long wholeMicros) {

    public long busyMicros() {
        return forwardMicros + backwardMicros;
    }
}
