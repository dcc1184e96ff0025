package dev.plimsoll.engine.nativelib;

import java.lang.foreign.MemorySegment;

/**
 * A few host buffers of equal size, between which and a device copies run while the host uses
 * others. One thread uses them.
 */
public interface StagingBuffers extends AutoCloseable {

    int count();

    /** Not to be touched between send or receive and await. */
    MemorySegment buffer(int index);

    /**
     * Begins to copy the first bytes of a buffer to an address on the device, after all that was
     * sent before.
     */
    void send(int index, long target, long bytes);

    /**
     * Begins to copy from an address on the device into the beginning of a buffer, after all that
     * was sent before.
     */
    void receive(int index, long source, long bytes);

    /**
     * Until what was last sent from that buffer has left it, or what it was to receive is there; at
     * once where nothing was.
     */
    void await(int index);

    /** Until all that was sent has arrived. */
    void finish();

    @Override
    void close();
}
