package dev.plimsoll.engine.device;

import java.lang.foreign.MemorySegment;

/**
 * A few host buffers of equal size, from which copies to a device run while others are filled. One
 * thread uses them.
 */
public interface StagingBuffers extends AutoCloseable {

    int count();

    /** Not to be changed between send and await. */
    MemorySegment buffer(int index);

    /**
     * Begins to copy the first bytes of a buffer to an address on the device, after all that was
     * sent before.
     */
    void send(int index, long target, long bytes);

    /** Until what was last sent from that buffer has left it; at once where nothing was. */
    void await(int index);

    /** Until all that was sent has arrived. */
    void finish();

    @Override
    void close();
}
