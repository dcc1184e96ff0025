package dev.plimsoll.cli.samples;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where the samples that were sent lie in the topic, and what is known of each: 17 bytes a sample.
 * Safe for use by several threads: acknowledgements come on the producer's.
 */
final class SentSamples {

    /** What is known of a sample that was sent. */
    enum Verdict {
        NONE,
        ACCEPTED,
        REJECTED
    }

    private static final Verdict[] VERDICTS = Verdict.values();

    private final SortedMap<Integer, Part> parts = new TreeMap<>();

    /** One partition; offsets grow, since one request is on its way at a time. */
    private static final class Part {
        private long[] offsets = new long[64];
        private long[] fingerprints = new long[64];
        private byte[] verdicts = new byte[64];
        private int size;

        void add(long offset, long fingerprint) {
            if (size == offsets.length) {
                offsets = Arrays.copyOf(offsets, size * 2);
                fingerprints = Arrays.copyOf(fingerprints, size * 2);
                verdicts = Arrays.copyOf(verdicts, size * 2);
            }
            offsets[size] = offset;
            fingerprints[size++] = fingerprint;
        }

        int find(long offset) {
            return Arrays.binarySearch(offsets, 0, size, offset);
        }
    }

    /** @param fingerprint see {@link #fingerprint} */
    synchronized void acknowledged(SampleOrigin origin, long fingerprint) {
        parts.computeIfAbsent(origin.partition(), _ -> new Part())
                .add(origin.offset(), fingerprint);
    }

    /** Of a sample's id and content: 64 bits of a SHA-256. */
    static long fingerprint(String id, String sha256) {
        return ByteBuffer.wrap(Checksums.sha256(id + "\0" + sha256)).getLong();
    }

    synchronized long size() {
        return parts.values().stream().mapToLong(part -> part.size).sum();
    }

    /** By partition, the offset behind the last sample that was sent. */
    synchronized SortedMap<Integer, Long> ends() {
        SortedMap<Integer, Long> ends = new TreeMap<>();
        parts.forEach((partition, part) -> ends.put(partition, part.offsets[part.size - 1] + 1));
        return ends;
    }

    /** How many lie before the offsets: ingest has dealt with them. */
    synchronized long before(Map<Integer, Long> offsets) {
        long before = 0;
        for (Map.Entry<Integer, Part> part : parts.entrySet()) {
            int place = part.getValue().find(offsets.getOrDefault(part.getKey(), 0L));
            before += place < 0 ? -place - 1 : place;
        }
        return before;
    }

    /** Sets what is known of the sample there; empty when it was not sent by us. */
    synchronized Optional<Verdict> judge(SampleOrigin origin, Verdict verdict) {
        Part part = parts.get(origin.partition());
        int place = part == null ? -1 : part.find(origin.offset());
        if (place < 0) {
            return Optional.empty();
        }
        Verdict before = VERDICTS[part.verdicts[place]];
        part.verdicts[place] = (byte) verdict.ordinal();
        return Optional.of(before);
    }

    /** The fingerprints of those without a verdict, sorted: once all is read, the repeats. */
    synchronized long[] withoutVerdict() {
        return parts.values().stream()
                .flatMapToLong(part -> java.util.stream.IntStream.range(0, part.size)
                        .filter(i -> part.verdicts[i] == Verdict.NONE.ordinal())
                        .mapToLong(i -> part.fingerprints[i]))
                .sorted()
                .toArray();
    }
}
