package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.nativelib.CopyStream;
import dev.plimsoll.engine.script.Tensor;

/**
 * Room for hidden states, or for a carrier, that come from a neighbouring card. Its marks are null
 * where the devices are not waited for by events.
 */
final class Slot {

    private final Tensor tensor;
    private final int device;
    private final long address;
    private CopyStream.Event released;
    private CopyStream.Event computed;
    private CopyStream.Event arrived;

    /**
     * @param tensor [rows, columns]
     * @param device its number
     */
    Slot(Tensor tensor, int device, long address) {
        this.tensor = tensor;
        this.device = device;
        this.address = address;
    }

    Tensor tensor() {
        return tensor;
    }

    int device() {
        return device;
    }

    long address() {
        return address;
    }

    /** In the receiver's stream, when it had done with what was here. */
    CopyStream.Event released() {
        return released;
    }

    void released(CopyStream.Event mark) {
        released = mark;
    }

    /** In the sender's stream, when it had computed what is copied here; made on first use. */
    CopyStream.Event computed(CopyStream sender) {
        if (computed == null) {
            computed = sender.event();
        }
        return computed;
    }

    /** In the sender's copies, when all is here; made on first use. */
    CopyStream.Event arrived(CopyStream sender) {
        if (arrived == null) {
            arrived = sender.event();
        }
        return arrived;
    }

    /** When nothing is under way any more. */
    void close() {
        for (CopyStream.Event mark : new CopyStream.Event[] {released, computed, arrived}) {
            if (mark != null) {
                mark.close();
            }
        }
    }
}
