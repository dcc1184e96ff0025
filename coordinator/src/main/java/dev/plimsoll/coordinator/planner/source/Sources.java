package dev.plimsoll.coordinator.planner.source;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.SourceStatus;

import org.pcollections.TreePMap;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.UnaryOperator;

/**
 * The sources by name: what operators said of them, what became of their samples, and whose turn it
 * is. A source is known once it was added or a sample of it came.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Sources {

    /** A sample of one more is rejected. */
    public static final int MAX_SOURCES = 64;

    private TreePMap<String, Source> all;
    private TreePMap<String, Long> turns;

    @JsonCreator
    Sources(
            @JsonProperty("all") SortedMap<String, Source> all,
            @JsonProperty("turns") SortedMap<String, Long> turns) {
        this.all = TreePMap.from(all);
        this.turns = TreePMap.from(turns);
    }

    private Sources(TreePMap<String, Source> all, TreePMap<String, Long> turns) {
        this.all = all;
        this.turns = turns;
    }

    public static Sources none() {
        return new Sources(TreePMap.<String, Source>empty(), TreePMap.<String, Long>empty());
    }

    public Sources copy() {
        return new Sources(all, turns);
    }

    public SortedMap<String, Source> all() {
        return all;
    }

    public Optional<Source> find(String name) {
        return Optional.ofNullable(all.get(name));
    }

    /** Whether samples of it go into steps. */
    public boolean isActive(String name) {
        return is(SourceStatus.ACTIVE, name);
    }

    public boolean isPaused(String name) {
        return is(SourceStatus.PAUSED, name);
    }

    public boolean isRemoved(String name) {
        return is(SourceStatus.REMOVED, name);
    }

    /** Whether samples of it are evaluated and never trained. */
    public boolean isEvaluation(String name) {
        return all.getOrDefault(name, Source.SEEN).evaluation();
    }

    private boolean is(SourceStatus status, String name) {
        return all.getOrDefault(name, Source.SEEN).status() == status;
    }

    /** No source that is not known may come. */
    public boolean isFull() {
        return all.size() >= MAX_SOURCES;
    }

    /**
     * Whether anybody gave a weight to a source that is not removed. Otherwise steps take the
     * samples of all sources in the order of their arrival.
     */
    public boolean isWeighed() {
        return all.values().stream()
                .anyMatch(source -> source.weight() > 0 && source.status() != SourceStatus.REMOVED);
    }

    /** What it counts as beside others. */
    int share(String name) {
        return all.getOrDefault(name, Source.SEEN).share();
    }

    /** When each source's next sample is due, as in {@link JournalRecord.StepOpened}. */
    public SortedMap<String, Long> turns() {
        return turns;
    }

    /** A sample of it came. */
    public void seen(String name) {
        if (!all.containsKey(name) && !isFull()) {
            all = all.plus(name, Source.SEEN);
        }
    }

    public void apply(JournalRecord.SourceChanged changed) {
        Source before = all.getOrDefault(changed.name(), Source.SEEN);
        all = all.plus(changed.name(), before.changed(changed));
    }

    /** Of the step that opened last, or of the place that the run went back to. */
    public void turns(Map<String, Long> newTurns) {
        if (!turns.isEmpty() || !newTurns.isEmpty()) {
            turns = TreePMap.from(newTurns);
        }
    }

    /** @param more may be negative: a rollback undoes some */
    public void trained(String name, long more) {
        change(name, source -> source.trained(more));
    }

    public void rejected(String name) {
        change(name, Source::rejectedOne);
    }

    /** A source that is one too many has no counts. */
    private void change(String name, UnaryOperator<Source> how) {
        Source before = all.get(name);
        if (before != null) {
            all = all.plus(name, how.apply(before));
        }
    }
}
