package dev.plimsoll.coordinator.web.gate;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often an address may do something: a bucket for each that leaks at a constant rate. The
 * addresses that were heard longest ago are forgotten. Used by one thread at a time.
 */
final class Buckets {

    private static final int MOST_ADDRESSES = 10_000;

    private final double perNano;
    private final double most;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MOST_ADDRESSES;
        }
    };

    private record Bucket(double level, long atNanos) {}

    /**
     * @param perSecond what it may do for ever
     * @param most what it may do at once
     */
    Buckets(double perSecond, int most) {
        this.perNano = perSecond / 1e9;
        this.most = most;
    }

    /** Whether it may do it once more now, which then counts. */
    boolean take(String address, long nowNanos) {
        double level = level(address, nowNanos);
        boolean may = level + 1 <= most;
        buckets.put(address, new Bucket(may ? level + 1 : level, nowNanos));
        return may;
    }

    /** Whether it could, which does not count. */
    boolean hasRoom(String address, long nowNanos) {
        return level(address, nowNanos) + 1 <= most;
    }

    private double level(String address, long nowNanos) {
        Bucket bucket = buckets.get(address);
        return bucket == null
                ? 0
                : Math.max(0, bucket.level() - (nowNanos - bucket.atNanos()) * perNano);
    }
}
