package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.wire.sample.SampleChunk;

import java.util.ArrayList;
import java.util.List;

/**
 * A sample of which some parts have come. Immutable.
 *
 * @param first the offset of the first record that belongs to it
 * @param last the offset of the newest record that does
 * @param next the index of the part that is to come
 * @param parts those that have come, in order; none where a part is missing
 * @param broken whether a part is missing: the sample is rejected, and its further parts are
 *     skipped
 */
record Assembly(Key key, long first, long last, int next, List<byte[]> parts, boolean broken) {

    /** What says that parts belong together. */
    record Key(String id, int count, long bytes, String sha256) {
        static Key of(String id, SampleChunk chunk) {
            return new Key(id, chunk.count(), chunk.bytes(), chunk.sha256());
        }
    }

    /** The part with which a sample begins. */
    static Assembly of(Key key, long offset, byte[] part) {
        return new Assembly(key, offset, offset, 1, List.of(part), false);
    }

    /** A part came, and those before it did not. */
    static Assembly broken(Key key, long offset) {
        return new Assembly(key, offset, offset, 0, List.of(), true);
    }

    Assembly with(long offset, byte[] part) {
        List<byte[]> more = new ArrayList<>(parts);
        more.add(part);
        return new Assembly(key, first, offset, next + 1, more, false);
    }

    /** A part that is there already came again. */
    Assembly seenAt(long offset) {
        return new Assembly(key, first, offset, next, parts, broken);
    }

    Assembly brokenAt(long offset) {
        return new Assembly(key, first, offset, next, List.of(), true);
    }

    long bytes() {
        return parts.stream().mapToLong(part -> part.length).sum();
    }

    byte[] whole() {
        byte[] whole = new byte[Math.toIntExact(bytes())];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }
}
