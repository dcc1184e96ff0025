package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.nativelib.CopyStream;

import java.util.ArrayList;
import java.util.List;

/** Times the passes of a card without waiting for the device in between. */
interface StageClock extends AutoCloseable {

    /** By events on a GPU, by the host on a CPU. */
    static StageClock of(DevicePlace place) {
        return place.isCpu()
                ? new Host()
                : CopyStream.open().<StageClock>map(Device::new).orElseGet(Host::new);
    }

    /** A micro-batch begins. */
    void start();

    /** A pass begins: what it waits for has been awaited. */
    void begin();

    /** The pass has ended, as far as the host is concerned. */
    void end(boolean forward);

    /** After the device has been waited for. */
    StageTimes times();

    @Override
    default void close() {}

    /** By the host. */
    final class Host implements StageClock {
        private long start;
        private long begun;
        private long last;
        private long forward;
        private long backward;

        @Override
        public void start() {
            start = System.nanoTime();
            last = start;
            forward = 0;
            backward = 0;
        }

        @Override
        public void begin() {
            begun = System.nanoTime();
        }

        @Override
        public void end(boolean wasForward) {
            last = System.nanoTime();
            if (wasForward) {
                forward += last - begun;
            } else {
                backward += last - begun;
            }
        }

        @Override
        public StageTimes times() {
            return new StageTimes(forward / 1000, backward / 1000, (last - start) / 1000);
        }
    }

    /** By events in the device's stream; they are kept for the next micro-batch. */
    final class Device implements StageClock {
        private final CopyStream stream;
        private final List<CopyStream.Event> events = new ArrayList<>();
        private final List<Boolean> forward = new ArrayList<>();
        private int used;

        Device(CopyStream stream) {
            this.stream = stream;
        }

        @Override
        public void start() {
            used = 0;
            forward.clear();
            mark();
        }

        @Override
        public void begin() {
            mark();
        }

        @Override
        public void end(boolean wasForward) {
            mark();
            forward.add(wasForward);
        }

        private void mark() {
            if (used == events.size()) {
                events.add(stream.timedEvent());
            }
            events.get(used++).recordComputed();
        }

        @Override
        public StageTimes times() {
            double[] millis = new double[2];
            for (int i = 0; i < forward.size(); i++) {
                CopyStream.Event begun = events.get(2 * i + 1);
                millis[forward.get(i) ? 0 : 1] += events.get(2 * i + 2).millisSince(begun);
            }
            CopyStream.Event last = events.get(2 * forward.size());
            return new StageTimes(
                    Math.round(millis[0] * 1000),
                    Math.round(millis[1] * 1000),
                    forward.isEmpty() ? 0 : Math.round(last.millisSince(events.getFirst()) * 1000));
        }

        @Override
        public void close() {
            events.forEach(CopyStream.Event::close);
            events.clear();
            stream.close();
        }
    }
}
