package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.codec.WireHeaders;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The records that this process read in a run's topics and that are not of the run: counted by
 * topic, and told in the log, at most one a topic and second.
 */
public final class ForeignRecords {

    private static final System.Logger LOG = System.getLogger(ForeignRecords.class.getName());
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final class Count {
        private long all;
        private long told;
        private long toldNanos;
    }

    private static final SortedMap<String, Count> COUNTS = new TreeMap<>();

    private ForeignRecords() {}

    /** Over all topics, since this process began. */
    public static long all() {
        return counts().values().stream().mapToLong(Long::longValue).sum();
    }

    /** By topic, since this process began. */
    public static SortedMap<String, Long> counts() {
        synchronized (COUNTS) {
            SortedMap<String, Long> counts = new TreeMap<>();
            COUNTS.forEach((topic, count) -> counts.put(topic, count.all));
            return counts;
        }
    }

    /**
     * What the record says. Empty of one that cannot be read: it is counted and told here, and what
     * stands in the place of a foreign one was before.
     */
    public static <T> Optional<T> read(WireCodec<T> codec, ConsumerRecord<byte[], byte[]> record) {
        return switch (codec.decode(record)) {
            case Decoded.Ok<T>(T value) -> Optional.of(value);
            case Decoded.Malformed<T>(String where, String problem) -> {
                if (!Seal.isForeign(record)) {
                    count(record, problem);
                }
                yield Optional.empty();
            }
        };
    }

    /** Counts one that is passed over. */
    public static void count(ConsumerRecord<byte[], byte[]> record, String problem) {
        long now = System.nanoTime();
        String sentence;
        synchronized (COUNTS) {
            Count count = COUNTS.computeIfAbsent(record.topic(), _ -> new Count());
            count.all++;
            if (count.told > 0 && now - count.toldNanos < QUIET_NANOS) {
                return;
            }
            long untold = count.all - count.told - 1;
            count.told = count.all;
            count.toldNanos = now;
            sentence = WireHeaders.where(record) + " is passed over: " + problem
                    + (untold > 0 ? " (" + untold + " others of this topic too)" : "");
        }
        LOG.log(System.Logger.Level.WARNING, sentence);
    }
}
