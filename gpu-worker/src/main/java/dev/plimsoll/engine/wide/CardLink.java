package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.nativelib.CopyStream;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;

/**
 * A card's end of the ways to its neighbours. Each card has its own, on its own thread; the sender
 * copies into the receiver's slot. No method waits for a device but {@link #finish}.
 */
interface CardLink extends AutoCloseable {

    /** On the card's thread. */
    static CardLink of(DevicePlace place, LlamaScript script) {
        return place.isCpu()
                ? new Host(script)
                : CopyStream.open()
                        .<CardLink>map(stream -> new Device(script, stream, place.number()))
                        .orElseThrow(() -> new IllegalStateException(
                                "this process has not loaded libcudart, which copies between "
                                        + "cards"));
    }

    /** A slot of this card that nobody has written to. */
    Slot slot(Tensor tensor);

    /**
     * The sender: copies x into a neighbour's slot, behind what this card was given so far and what
     * the receiver was given before it released the slot.
     *
     * @param x [t, columns] without gaps, t at most the slot's rows
     * @param bytes of x
     */
    void send(Tensor x, long bytes, Slot to);

    /** The sender: what this card is given from here on comes behind that copy. */
    void settle(Slot to);

    /** The receiver: the same. */
    void receive(Slot from);

    /** The receiver: it has been given all that reads the slot. */
    void release(Slot from);

    /** Waits until all that was sent has arrived. */
    void finish();

    @Override
    void close();

    /** On a CPU, where a call returns when its work is done. */
    record Host(LlamaScript script) implements CardLink {

        @Override
        public Slot slot(Tensor tensor) {
            return new Slot(tensor, -1, script.address(tensor));
        }

        @Override
        public void send(Tensor x, long bytes, Slot to) {
            script.put(to.tensor(), 0, 0, x);
        }

        @Override
        public void settle(Slot to) {}

        @Override
        public void receive(Slot from) {}

        @Override
        public void release(Slot from) {}

        @Override
        public void finish() {}

        @Override
        public void close() {}
    }

    /** Between GPUs, on a stream of its own, ordered by events. */
    record Device(LlamaScript script, CopyStream stream, int number) implements CardLink {

        @Override
        public Slot slot(Tensor tensor) {
            Slot slot = new Slot(tensor, number, script.address(tensor));
            slot.released(stream.event());
            slot.released().recordComputed();
            return slot;
        }

        @Override
        public void send(Tensor x, long bytes, Slot to) {
            CopyStream.Event computed = to.computed(stream);
            computed.recordComputed();
            stream.after(computed);
            stream.after(to.released());
            stream.copyBetween(
                    to.address(),
                    to.device(),
                    script.address(x),
                    number,
                    bytes,
                    to.arrived(stream));
        }

        @Override
        public void settle(Slot to) {
            stream.computeAfterCopy(to.arrived(stream));
        }

        @Override
        public void receive(Slot from) {
            stream.computeAfterCopy(from.arrived(stream));
        }

        @Override
        public void release(Slot from) {
            from.released().recordComputed();
        }

        @Override
        public void finish() {
            stream.finish();
        }

        @Override
        public void close() {
            stream.close();
        }
    }
}
