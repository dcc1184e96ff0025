package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.nativelib.CopyStream;

import java.util.EnumMap;
import java.util.Map;

/** Times the phases of a micro-batch without waiting for the device in between. */
public interface PhaseClock extends AutoCloseable {

    /** By events on a GPU whose stream can be reached, by the host otherwise. */
    static PhaseClock of(DevicePlace place) {
        return place.isCpu()
                ? new PhaseClock.Host()
                : CopyStream.open()
                        .<PhaseClock>map(PhaseClock.Device::new)
                        .orElseGet(PhaseClock.Host::new);
    }

    void start();

    /** A phase has ended, as far as the host is concerned. */
    void mark(Phase ended);

    /** Time of each phase; after the device has been waited for. */
    Map<Phase, Long> micros();

    @Override
    default void close() {}

    /** By the host: right on a CPU, where calls return when their work is done. */
    final class Host implements PhaseClock {
        private final Map<Phase, Long> micros = new EnumMap<>(Phase.class);
        private long last;

        @Override
        public void start() {
            last = System.nanoTime();
        }

        @Override
        public void mark(Phase ended) {
            long now = System.nanoTime();
            micros.put(ended, (now - last) / 1000);
            last = now;
        }

        @Override
        public Map<Phase, Long> micros() {
            return Map.copyOf(micros);
        }
    }

    /** By events in the device's stream. */
    final class Device implements PhaseClock {
        private final CopyStream stream;
        private final CopyStream.Event start;
        private final Map<Phase, CopyStream.Event> ends = new EnumMap<>(Phase.class);

        public Device(CopyStream stream) {
            this.stream = stream;
            start = stream.timedEvent();
            for (Phase phase : Phase.values()) {
                ends.put(phase, stream.timedEvent());
            }
        }

        @Override
        public void start() {
            start.recordComputed();
        }

        @Override
        public void mark(Phase ended) {
            ends.get(ended).recordComputed();
        }

        @Override
        public Map<Phase, Long> micros() {
            Map<Phase, Long> micros = new EnumMap<>(Phase.class);
            CopyStream.Event earlier = start;
            for (Phase phase : Phase.values()) {
                micros.put(phase, Math.round(ends.get(phase).millisSince(earlier) * 1000));
                earlier = ends.get(phase);
            }
            return micros;
        }

        @Override
        public void close() {
            ends.values().forEach(CopyStream.Event::close);
            start.close();
            stream.close();
        }
    }
}
