package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonProperty;

import java.util.Collections;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What replicas say of one version.
 *
 * @param shards by shard, the digest of its part
 * @param workers by generation, the digest of the whole
 */
public record VersionDigests(
        @JsonProperty("shards") SortedMap<Integer, Long> shards,
        @JsonProperty("workers") SortedMap<Long, Long> workers) {

    static final VersionDigests NONE = new VersionDigests(new TreeMap<>(), new TreeMap<>());

    public VersionDigests {
        shards = Collections.unmodifiableSortedMap(new TreeMap<>(shards));
        workers = Collections.unmodifiableSortedMap(new TreeMap<>(workers));
    }

    VersionDigests withShard(int shard, long digest) {
        SortedMap<Integer, Long> more = new TreeMap<>(shards);
        more.put(shard, digest);
        return new VersionDigests(more, workers);
    }

    VersionDigests withWorker(long generation, long digest) {
        SortedMap<Long, Long> more = new TreeMap<>(workers);
        more.put(generation, digest);
        return new VersionDigests(shards, more);
    }

    /** Of the whole version, once all shards have said theirs. */
    public OptionalLong ofShards(int count) {
        return shards.size() == count
                ? OptionalLong.of(
                        shards.values().stream().mapToLong(Long::longValue).sum())
                : OptionalLong.empty();
    }
}
