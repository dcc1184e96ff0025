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
    private TreePMap<Long, RetryLimits> troubles;
    private final StepNotes notes;
    private StepPhase phase;

    /**
     * Follow from the others: what waits and never failed, by length, and the tokens of all that
     * waits.
     */
    @JsonIgnore
    private TreePSet<SequenceRef> untroubled = TreePSet.empty(Composer.BY_LENGTH);

    @JsonIgnore
    private long waitingTokens;

    /**
     * @param baseVersion the version its micro-batches are trained on
     * @param openedAtMillis the planner's clock
     */
    record StepHeader(long step, long baseVersion, long openedAtMillis) {}

    @JsonCreator
    OpenStep(
            @JsonProperty("header") StepHeader header,
            @JsonProperty("members") SortedMap<Long, AdmittedSample> members,
            @JsonProperty("waiting") SortedSet<Long> waiting,
            @JsonProperty("troubles") SortedMap<Long, RetryLimits> troubles,
            @JsonProperty("notes") StepNotes notes,
            @JsonProperty("phase") StepPhase phase) {
        this.header = header;
        this.members = TreePMap.from(members);
        this.troubles = TreePMap.from(troubles);
        this.waiting = TreePSet.empty();
        this.notes = notes;
        this.phase = phase;
        waiting.forEach(this::giveBack);
    }

    private OpenStep(OpenStep other) {
        header = other.header;
        members = other.members;
        waiting = other.waiting;
        troubles = other.troubles;
        notes = other.notes.copy();
        phase = other.phase;
        untroubled = other.untroubled;
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
    public TreePSet<SequenceRef> untroubled() {
        return untroubled;
    }

    /** Those of them that have failed before. */
    public List<Long> troubled() {
        return troubles.keySet().stream().filter(waiting::contains).toList();
    }

    public long waitingTokens() {
        return waitingTokens;
    }

    public RetryLimits trouble(long ordinal) {
        return troubles.getOrDefault(ordinal, RetryLimits.NONE);
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

    void take(List<Long> ordinals) {
        ordinals.forEach(this::take);
    }

    private void take(long ordinal) {
        SequenceRef sequence = members.get(ordinal).sequence();
        waiting = waiting.minus(ordinal);
        untroubled = untroubled.minus(sequence);
        waitingTokens -= sequence.tokens();
    }

    void giveBack(List<Long> ordinals) {
        ordinals.forEach(this::giveBack);
    }

    private void giveBack(long ordinal) {
        SequenceRef sequence = members.get(ordinal).sequence();
        waiting = waiting.plus(ordinal);
        untroubled = troubles.containsKey(ordinal) ? untroubled : untroubled.plus(sequence);
        waitingTokens += sequence.tokens();
    }

    void trouble(long ordinal, RetryLimits trouble) {
        if (!trouble.equals(RetryLimits.NONE)) {
            troubles = troubles.plus(ordinal, trouble);
            untroubled = untroubled.minus(members.get(ordinal).sequence());
        }
    }

    /** One that waits. */
    void reject(long ordinal) {
        take(ordinal);
        members = members.minus(ordinal);
        troubles = troubles.minus(ordinal);
    }

    void moveTo(StepPhase next) {
        phase = next;
    }
}
