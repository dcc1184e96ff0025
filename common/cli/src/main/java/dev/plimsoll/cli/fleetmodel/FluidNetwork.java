package dev.plimsoll.cli.fleetmodel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Streams of bytes that share links and machines. Each stream uses some resources, of each so many
 * bytes for one byte of its own; all streams that are under way share fairly: all rates grow alike
 * until a resource is full, its streams stay as they are, the others grow on (max-min fairness,
 * Bertsekas and Gallager, "Data Networks", 6.5.2).
 */
final class FluidNetwork {

    /** Bytes that count as none: what rounding leaves of a stream that has arrived. */
    private static final double ARRIVED_BYTES = 1;

    /** Something with a capacity in bytes a second; it may be infinite. */
    record Resource(String name, double bytesPerSecond) {}

    private static final class Stream {
        private final Map<Resource, Double> use;
        private final Runnable arrived;
        private double leftBytes;
        private double bytesPerSecond;

        private Stream(double bytes, Map<Resource, Double> use, Runnable arrived) {
            this.leftBytes = bytes;
            this.use = use;
            this.arrived = arrived;
        }
    }

    private final List<Stream> streams = new ArrayList<>();

    /**
     * @param use bytes of each resource for one byte of the stream
     * @param arrived is called by {@link #takeArrived} when all bytes have
     */
    void start(double bytes, Map<Resource, Double> use, Runnable arrived) {
        streams.add(new Stream(bytes, Map.copyOf(use), arrived));
        share();
    }

    /** How long until the next stream has arrived, if nothing is started; infinite if none will. */
    double nextArrivalSeconds() {
        return streams.stream()
                .mapToDouble(stream -> stream.leftBytes <= ARRIVED_BYTES
                        ? 0
                        : stream.leftBytes / stream.bytesPerSecond)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    void pass(double seconds) {
        for (Stream stream : streams) {
            stream.leftBytes = seconds == 0 || Double.isInfinite(stream.bytesPerSecond)
                    ? Double.isInfinite(stream.bytesPerSecond) ? 0 : stream.leftBytes
                    : stream.leftBytes - stream.bytesPerSecond * seconds;
        }
    }

    /** What is to be called for the streams that have arrived; they are gone. */
    List<Runnable> takeArrived() {
        List<Stream> arrived = streams.stream()
                .filter(stream -> stream.leftBytes <= ARRIVED_BYTES)
                .toList();
        if (!arrived.isEmpty()) {
            streams.removeAll(arrived);
            share();
        }
        return arrived.stream().map(stream -> stream.arrived).toList();
    }

    private void share() {
        List<Stream> growing = new ArrayList<>(streams);
        growing.forEach(stream -> stream.bytesPerSecond = 0);
        Map<Resource, Double> free = new HashMap<>();
        for (Stream stream : streams) {
            stream.use.keySet().forEach(one -> free.put(one, one.bytesPerSecond()));
        }
        while (!growing.isEmpty()) {
            Map<Resource, Double> demand = new HashMap<>();
            for (Stream stream : growing) {
                stream.use.forEach((resource, bytes) -> demand.merge(resource, bytes, Double::sum));
            }
            Resource fullest = null;
            double growth = Double.POSITIVE_INFINITY;
            for (Map.Entry<Resource, Double> one : demand.entrySet()) {
                double most = Math.max(0, free.get(one.getKey())) / one.getValue();
                if (most < growth) {
                    growth = most;
                    fullest = one.getKey();
                }
            }
            if (fullest == null) {
                growing.forEach(stream -> stream.bytesPerSecond = Double.POSITIVE_INFINITY);
                return;
            }
            for (Stream stream : growing) {
                stream.bytesPerSecond += growth;
            }
            for (Map.Entry<Resource, Double> one : demand.entrySet()) {
                free.merge(one.getKey(), -growth * one.getValue(), Double::sum);
            }
            Resource full = fullest;
            growing.removeIf(stream -> stream.use.containsKey(full));
        }
    }
}
