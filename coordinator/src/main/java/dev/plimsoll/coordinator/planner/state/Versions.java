package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.StatePlace;

import org.pcollections.TreePMap;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The committed versions: which of them the shards have written, what it takes to make those since,
 * and what replicas say they hold.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Versions {
    /** Of so many newest versions digests are compared. */
    static final int COMPARED = 64;

    /** By version, the steps since the oldest state that a shard may have to start from. */
    private TreePMap<Long, CommittedStep> unsaved;

    /** By shard, the newest version whose state it has written. */
    private TreePMap<Integer, Long> saved;

    /** By version, where its state lies, by shard; none older than the newest that is whole. */
    private TreePMap<Long, SortedMap<Integer, StatePlace>> places;

    private TreePMap<Long, VersionDigests> digests;
    private long whole;
    private long asked;

    @JsonCreator
    Versions(
            @JsonProperty("unsaved") SortedMap<Long, CommittedStep> unsaved,
            @JsonProperty("saved") SortedMap<Integer, Long> saved,
            @JsonProperty("places") SortedMap<Long, SortedMap<Integer, StatePlace>> places,
            @JsonProperty("digests") SortedMap<Long, VersionDigests> digests,
            @JsonProperty("whole") long whole,
            @JsonProperty("asked") long asked) {
        this.unsaved = TreePMap.from(unsaved);
        this.saved = TreePMap.from(saved);
        this.places = TreePMap.from(places);
        this.digests = TreePMap.from(digests);
        this.whole = whole;
        this.asked = asked;
    }

    private Versions(Versions other) {
        unsaved = other.unsaved;
        saved = other.saved;
        places = other.places;
        digests = other.digests;
        whole = other.whole;
        asked = other.asked;
    }

    /** Version 0 is written before anything else. */
    static Versions start() {
        return new Versions(
                new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), 0, 0);
    }

    Versions copy() {
        return new Versions(this);
    }

    /** The newest version whose state every shard has written. */
    public long whole() {
        return whole;
    }

    /** The newest version whose state the shards were told to write. */
    public long asked() {
        return asked;
    }

    /** The newest version whose state the shard has written. */
    public long saved(int shard) {
        return Math.max(whole, saved.getOrDefault(shard, 0L));
    }

    /** Where the state of {@link #whole} begins; empty when that is not known. */
    public List<StatePlace> places() {
        return List.copyOf(places.getOrDefault(whole, new TreeMap<>()).values());
    }

    /** The steps after the version, in order. */
    public Collection<CommittedStep> since(long version) {
        return List.copyOf(unsaved.tailMap(version, false).values());
    }

    /** The committed step, if a shard that starts again may need it. */
    public Optional<CommittedStep> ofStep(long step) {
        return unsaved.values().stream().filter(is -> is.step() == step).findFirst();
    }

    public VersionDigests digests(long version) {
        return digests.getOrDefault(version, VersionDigests.NONE);
    }

    void committed(CommittedStep step) {
        unsaved = unsaved.plus(step.version(), step);
    }

    /** A version that was written whole before it was committed, or by a rollback. */
    void written(long version) {
        whole = version;
        asked = version;
        unsaved = TreePMap.empty();
        places = TreePMap.empty();
    }

    void apply(JournalRecord.StateAsked record, long version) {
        IllegalRecord.when(
                record.version() > version, record, "the committed version is " + version);
        asked = Math.max(asked, record.version());
    }

    void apply(JournalRecord.StateSaveAccepted record, int shards) {
        IllegalRecord.when(
                record.version() <= saved(record.shard()), record, "it has saved that already");
        saved = saved.plus(record.shard(), record.version());
        SortedMap<Integer, StatePlace> there =
                new TreeMap<>(places.getOrDefault(record.version(), new TreeMap<>()));
        there.put(record.shard(), record.place());
        places = places.plus(record.version(), there);
        if (there.size() == shards) {
            whole = record.version();
            while (places.firstKey() < whole) {
                places = places.minus(places.firstKey());
            }
        }
        long oldest = IntStream.range(0, shards).mapToLong(this::saved).min().orElse(0);
        while (!unsaved.isEmpty() && unsaved.firstKey() <= oldest) {
            unsaved = unsaved.minus(unsaved.firstKey());
        }
    }

    void apply(JournalRecord.ShardDigestAccepted record) {
        put(record.version(), digests(record.version()).withShard(record.shard(), record.digest()));
    }

    void apply(JournalRecord.WorkerDigestAccepted record) {
        put(
                record.version(),
                digests(record.version()).withWorker(record.generation(), record.digest()));
    }

    private void put(long version, VersionDigests said) {
        digests = digests.plus(version, said);
        if (digests.size() > COMPARED) {
            digests = digests.minus(digests.firstKey());
        }
    }
}
