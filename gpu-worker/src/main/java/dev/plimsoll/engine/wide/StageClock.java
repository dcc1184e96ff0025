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
        private final List<StageTimes.Pass> passes = new ArrayList<>();
        private long start;
        private long begun;

        @Override
        public void start() {
            passes.clear();
            start = System.nanoTime();
        }

        @Override
        public void begin() {
            begun = micros();
        }

        @Override
        public void end(boolean forward) {
            passes.add(new StageTimes.Pass(forward, begun, micros()));
        }

        private long micros() {
            return (System.nanoTime() - start) / 1000;
        }

        @Override
        public StageTimes times() {
            return new StageTimes(passes);
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
            List<StageTimes.Pass> passes = new ArrayList<>();
            for (int i = 0; i < forward.size(); i++) {
                passes.add(
                        new StageTimes.Pass(forward.get(i), micros(2 * i + 1), micros(2 * i + 2)));
            }
            return new StageTimes(passes);
        }

        private long micros(int event) {
            return Math.round(events.get(event).millisSince(events.getFirst()) * 1000);
        }

        @Override
        public void close() {
            events.forEach(CopyStream.Event::close);
            events.clear();
            stream.close();
        }
    }
}
