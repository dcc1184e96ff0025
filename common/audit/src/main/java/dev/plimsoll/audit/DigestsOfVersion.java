package dev.plimsoll.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * What is known of one version's digests. A digest of 0 is one that is not known: it is a sum of
 * hashes, which is 0 once in 2^64 versions.
 */
final class DigestsOfVersion {

    /** A worker's word, while the shards' is awaited. */
    record Held(String workerId, long generation, long digest) {}

    static final long UNKNOWN = 0;

    private final long[] ofShard;
    private List<Held> waiting = List.of();

    DigestsOfVersion(int shards) {
        ofShard = new long[shards];
    }

    long of(int shard) {
        return ofShard[shard];
    }

    boolean knows(int shard) {
        return ofShard[shard] != UNKNOWN;
    }

    void set(int shard, long digest) {
        ofShard[shard] = digest;
    }

    /** Of the whole adapter: the sum of the shards', modulo 2^64. Empty while one is not known. */
    OptionalLong whole() {
        return Arrays.stream(ofShard).anyMatch(digest -> digest == UNKNOWN)
                ? OptionalLong.empty()
                : OptionalLong.of(Arrays.stream(ofShard).sum());
    }

    void await(Held held) {
        if (waiting.isEmpty()) {
            waiting = new ArrayList<>(1);
        }
        waiting.add(held);
    }

    boolean awaited() {
        return !waiting.isEmpty();
    }

    List<Held> waiting() {
        return waiting;
    }

    /** Those that waited; they wait no more. */
    List<Held> takeWaiting() {
        List<Held> taken = waiting;
        waiting = List.of();
        return taken;
    }
}
