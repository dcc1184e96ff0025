package dev.plimsoll.engine;

/** What became of a micro-batch: its gradients are in the sum, or nothing is. */
public sealed interface MicroBatchResult permits MicroBatchResult.Trained, MicroBatchResult.Failed {

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
            implements MicroBatchResult {}

    /**
     * @param wantedBytes the allocation that was refused, as far as the device says; otherwise 0
     */
    record Failed(FailureReason reason, String note, long wantedBytes)
            implements MicroBatchResult {}
}
