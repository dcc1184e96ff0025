package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.script.Tensor;

/**
 * Sends what one card makes to a neighbour. What was sent last is kept until the next is sent or
 * {@link #settle} is called, so that the card does not wait for the copy.
 */
final class Outlet {

    private final CardLink link;
    private final Landing landing;
    private Slot underWay;
    private Runnable afterwards;

    Outlet(CardLink link, Landing landing) {
        this.link = link;
        this.landing = landing;
    }

    /**
     * @param x [t, columns] without gaps
     * @param free what frees x, in the order of the device's work
     */
    void send(Tensor x, long bytes, Runnable free) {
        settle();
        Slot slot = landing.next();
        link.send(x, bytes, slot);
        underWay = slot;
        afterwards = free;
        landing.arrive(slot);
    }

    /** Frees what was sent, behind its copy. */
    void settle() {
        if (underWay != null) {
            link.settle(underWay);
            underWay = null;
            afterwards.run();
        }
    }
}
