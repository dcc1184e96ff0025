package dev.plimsoll.engine;

/**
 * The device's memory as seen by this process. Exact on CUDA; on a CPU a simulated card answers.
 */
public interface GpuMeter {

    MemoryReading read();

    /** From here on peakBytes starts again at usedBytes. */
    void resetPeak();

    /**
     * Gives reserved memory that is not in use back to the device, down to this many reserved
     * bytes.
     */
    default void trim(long keepBytes) {}
}
