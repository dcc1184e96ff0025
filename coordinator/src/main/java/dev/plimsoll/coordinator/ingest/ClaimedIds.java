package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.wire.codec.Checksums;

import java.nio.ByteBuffer;

/**
 * Which sample ids are taken and by which content, in 24 bytes an id: 128 bits of the id's SHA-256
 * and 64 of the content's. Two ids are confused with a chance of 2⁻¹²⁸ a pair, another content is
 * missed with 2⁻⁶⁴.
 */
final class ClaimedIds {

    /** What a claim found. */
    enum Claim {
        NEW,
        SAME_CONTENT,
        OTHER_CONTENT
    }

    private static final int WORDS = 3;

    private record Key(long high, long low, long content) {
        static Key of(String id, String contentSha256) {
            ByteBuffer hash = ByteBuffer.wrap(Checksums.sha256(id));
            long high = hash.getLong();
            // zero marks an empty place
            long low = hash.getLong() | 1;
            // hashed once more: what a submitter calls a hash may be any text
            return new Key(
                    high, low, ByteBuffer.wrap(Checksums.sha256(contentSha256)).getLong());
        }
    }

    private long[] table = new long[1024 * WORDS];
    private int size;

    /** What a claim would find now. */
    Claim look(String id, String contentSha256) {
        return at(Key.of(id, contentSha256));
    }

    /** Takes the id for the content unless it is taken; the first content keeps it. */
    Claim claim(String id, String contentSha256) {
        Key key = Key.of(id, contentSha256);
        Claim found = at(key);
        if (found == Claim.NEW) {
            put(table, find(table, key.high, key.low), key.high, key.low, key.content);
            size++;
            if (size * 2L * WORDS > table.length) {
                grow();
            }
        }
        return found;
    }

    private Claim at(Key key) {
        int place = find(table, key.high, key.low);
        if (table[place + 1] == 0) {
            return Claim.NEW;
        }
        return table[place + 2] == key.content ? Claim.SAME_CONTENT : Claim.OTHER_CONTENT;
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] larger = new long[Math.multiplyExact(table.length, 2)];
        for (int i = 0; i < table.length; i += WORDS) {
            if (table[i + 1] != 0) {
                put(
                        larger,
                        find(larger, table[i], table[i + 1]),
                        table[i],
                        table[i + 1],
                        table[i + 2]);
            }
        }
        table = larger;
    }

    private static void put(long[] table, int place, long high, long low, long content) {
        table[place] = high;
        table[place + 1] = low;
        table[place + 2] = content;
    }

    /**
     * The place of the id, or the empty one where it belongs; the number of places is a power of
     * two.
     */
    private static int find(long[] table, long high, long low) {
        int places = table.length / WORDS;
        int at = (int) (high & (places - 1));
        while (table[at * WORDS + 1] != 0
                && (table[at * WORDS] != high || table[at * WORDS + 1] != low)) {
            at = (at + 1) & (places - 1);
        }
        return at * WORDS;
    }
}
