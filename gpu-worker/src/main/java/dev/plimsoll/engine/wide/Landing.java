package dev.plimsoll.engine.wide;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The slots of one card for what comes from one neighbour, going round between the two: free, then
 * written by the sender, then read and released by the receiver. What was sent first is received
 * first.
 */
final class Landing {

    private final Halt halt;
    private final BlockingQueue<Slot> free = new LinkedBlockingQueue<>();
    private final BlockingQueue<Slot> arrived = new LinkedBlockingQueue<>();
    private final List<Slot> slots = new ArrayList<>();

    Landing(Halt halt) {
        this.halt = halt;
    }

    /** The receiver, before anything arrives. */
    void add(Slot slot) {
        slots.add(slot);
        free.add(slot);
    }

    /** The sender: waits for a slot. */
    Slot next() {
        return halt.next(free);
    }

    /** The sender: the copy to this slot has been begun. */
    void arrive(Slot slot) {
        arrived.add(slot);
    }

    /** The receiver: waits until a copy has been begun. */
    Slot take() {
        return halt.next(arrived);
    }

    /** The receiver: the slot may be written to. */
    void release(Slot slot) {
        free.add(slot);
    }

    /** The receiver, when no card sends any more. */
    void close() {
        slots.forEach(Slot::close);
        slots.clear();
    }
}
