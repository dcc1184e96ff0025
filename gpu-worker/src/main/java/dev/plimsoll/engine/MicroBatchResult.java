package dev.plimsoll.engine;

/**
 * What became of a micro-batch: its gradients are in the sum, or nothing is, since it was only to
 * be evaluated or has failed.
 */
public sealed interface MicroBatchResult {

    /** Of one that was to be trained. */
    sealed interface OfTraining extends MicroBatchResult {}

    /** Of one that was to be evaluated. */
    sealed interface OfEvaluation extends MicroBatchResult {}

    /**
     * @param lossNats summed over lossTokens
     * @param peakBytes most bytes of live tensors during this micro-batch
     * @param usedBytes bytes of live tensors after it
     * @param reservedBytes bytes that the allocator held from the device after it
     */
    record Trained(
            double lossNats,
            int lossTokens,
            int tokens,
            long peakBytes,
            long usedBytes,
            long reservedBytes,
            long forwardMicros,
            long backwardMicros)
            implements OfTraining {}

    /**
     * @param lossNats summed over lossTokens
     * @param peakBytes most bytes of live tensors during this micro-batch
     */
    record Evaluated(
            double lossNats, int lossTokens, int tokens, long peakBytes, long forwardMicros)
            implements OfEvaluation {}

    /**
     * @param wantedBytes the allocation that was refused, as far as the device says; otherwise 0
     */
    record Failed(FailureReason reason, String note, long wantedBytes)
            implements OfTraining, OfEvaluation {}
}
