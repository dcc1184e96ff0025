package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.model.memory.Composer;
import dev.plimsoll.wire.protocol.SequenceRef;

import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The step under way: its members, which of them wait to be trained, and how far it is. Persistent
 * collections: a decision works on a copy, and a copy of a step of thousands of members costs
 * nothing.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class OpenStep {
    private final StepHeader header;
    private TreePMap<Long, AdmittedSample> members;
    private TreePSet<Long> waiting;

    @JsonProperty("troubles")
    private TreePMap<Long, RetryLimits> retryLimits;

    private final StepNotes notes;
    private StepPhase phase;

    /** Follows from the others: the members that wait and never failed, by length. */
    @JsonIgnore
    private TreePSet<SequenceRef> neverFailed = TreePSet.empty(Composer.BY_LENGTH);

    /** Follows from the others: the tokens of all members that wait. */
    @JsonIgnore
    private long waitingTokens;

    /**
     * @param baseVersion the version its micro-batches are trained on
     * @param openedAtMillis the planner's clock
     * @param turnsBefore of the sources, as in {@code StepOpened}
     */
    record StepHeader(
            long step, long baseVersion, long openedAtMillis, SortedMap<String, Long> turnsBefore) {
        StepHeader {
            turnsBefore = Collections.unmodifiableSortedMap(new TreeMap<>(turnsBefore));
        }
    }

    @JsonCreator
    OpenStep(
            @JsonProperty("header") StepHeader header,
            @JsonProperty("members") SortedMap<Long, AdmittedSample> members,
            @JsonProperty("waiting") SortedSet<Long> waiting,
            @JsonProperty("troubles") SortedMap<Long, RetryLimits> retryLimits,
            @JsonProperty("notes") StepNotes notes,
            @JsonProperty("phase") StepPhase phase) {
        this.header = header;
        this.members = TreePMap.from(members);
        this.retryLimits = TreePMap.from(retryLimits);
        this.waiting = TreePSet.empty();
        this.notes = notes;
        this.phase = phase;
        waiting.forEach(this::giveBack);
    }

    private OpenStep(OpenStep other) {
        header = other.header;
        members = other.members;
        waiting = other.waiting;
        retryLimits = other.retryLimits;
        notes = other.notes.copy();
        phase = other.phase;
        neverFailed = other.neverFailed;
        waitingTokens = other.waitingTokens;
    }

    static OpenStep of(StepHeader header, Collection<AdmittedSample> samples) {
        SortedMap<Long, AdmittedSample> members = new TreeMap<>();
        samples.forEach(sample -> members.put(sample.ordinal(), sample));
        SortedSet<Long> waiting = new TreeSet<>(members.keySet());
        return new OpenStep(
                header,
                members,
                waiting,
                new TreeMap<>(),
                StepNotes.empty(),
                new StepPhase.Training());
    }

    OpenStep copy() {
        return new OpenStep(this);
    }

    public long step() {
        return header.step();
    }

    /** The version its micro-batches are trained on. */
    public long baseVersion() {
        return header.baseVersion();
    }

    /** By the planner's clock. */
    public long openedAtMillis() {
        return header.openedAtMillis();
    }

    /** Whose turn it was when it opened; if it is undone, so it is again. */
    SortedMap<String, Long> turnsBefore() {
        return header.turnsBefore();
    }

    public StepPhase phase() {
        return phase;
    }

    /** Without those that were rejected. */
    public Collection<AdmittedSample> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    public AdmittedSample member(long ordinal) {
        return members.get(ordinal);
    }

    /** Members that are in no attempt. */
    public Collection<Long> waiting() {
        return waiting;
    }

    /** Those of them that never failed, by {@link Composer#BY_LENGTH}. */
    public TreePSet<SequenceRef> neverFailed() {
        return neverFailed;
    }

    /** Those of them that have failed before. */
    public List<Long> failedBefore() {
        return retryLimits.keySet().stream().filter(waiting::contains).toList();
    }

    public long waitingTokens() {
        return waitingTokens;
    }

    public RetryLimits retryLimits(long ordinal) {
        return retryLimits.getOrDefault(ordinal, RetryLimits.NONE);
    }

    public StepNotes notes() {
        return notes;
    }

    boolean isWaiting(long ordinal) {
        return waiting.contains(ordinal);
    }

    long lossTokens(List<Long> ordinals) {
        return ordinals.stream()
                .mapToLong(ordinal -> members.get(ordinal).sequence().lossTokens())
                .sum();
    }

    /** Of these members, all that the model reads. */
    public int tokens(List<Long> ordinals) {
        return ordinals.stream()
                .mapToInt(ordinal -> members.get(ordinal).sequence().tokens())
                .sum();
    }

    /** The tokens of each of these members, in their order. */
    public List<Integer> lengths(List<Long> ordinals) {
        return ordinals.stream()
                .map(ordinal -> members.get(ordinal).sequence().tokens())
                .toList();
    }

    void take(List<Long> ordinals) {
        ordinals.forEach(this::take);
    }

    private void take(long ordinal) {
        SequenceRef sequence = members.get(ordinal).sequence();
        waiting = waiting.minus(ordinal);
        neverFailed = neverFailed.minus(sequence);
        waitingTokens -= sequence.tokens();
    }

    void giveBack(List<Long> ordinals) {
        ordinals.forEach(this::giveBack);
    }

    private void giveBack(long ordinal) {
        SequenceRef sequence = members.get(ordinal).sequence();
        waiting = waiting.plus(ordinal);
        neverFailed = retryLimits.containsKey(ordinal) ? neverFailed : neverFailed.plus(sequence);
        waitingTokens += sequence.tokens();
    }

    void retryLimits(long ordinal, RetryLimits limits) {
        if (!limits.equals(RetryLimits.NONE)) {
            retryLimits = retryLimits.plus(ordinal, limits);
            neverFailed = neverFailed.minus(members.get(ordinal).sequence());
        }
    }

    /** The member must be waiting. */
    void reject(long ordinal) {
        take(ordinal);
        members = members.minus(ordinal);
        retryLimits = retryLimits.minus(ordinal);
    }

    void moveTo(StepPhase next) {
        phase = next;
    }
}
