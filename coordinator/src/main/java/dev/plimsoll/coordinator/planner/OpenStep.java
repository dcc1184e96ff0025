package dev.plimsoll.coordinator.planner;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The step under way: its members, which of them wait to be trained, and how far it is. */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class OpenStep {
    private final StepHeader header;
    private final SortedMap<Long, AdmittedSample> members;
    private final SortedSet<Long> waiting;
    private final SortedMap<Long, Trouble> troubles;
    private final StepNotes notes;
    private StepPhase phase;

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
            @JsonProperty("troubles") SortedMap<Long, Trouble> troubles,
            @JsonProperty("notes") StepNotes notes,
            @JsonProperty("phase") StepPhase phase) {
        this.header = header;
        this.members = members;
        this.waiting = waiting;
        this.troubles = troubles;
        this.notes = notes;
        this.phase = phase;
    }

    static OpenStep of(StepHeader header, Collection<AdmittedSample> samples) {
        SortedMap<Long, AdmittedSample> members = new TreeMap<>();
        samples.forEach(sample -> members.put(sample.ordinal(), sample));
        SortedSet<Long> waiting = new TreeSet<>(members.keySet());
        return new OpenStep(header, members, waiting, new TreeMap<>(), StepNotes.empty(), new StepPhase.Training());
    }

    OpenStep copy() {
        return new OpenStep(
                header, new TreeMap<>(members), new TreeSet<>(waiting), new TreeMap<>(troubles), notes.copy(), phase);
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
        return Collections.unmodifiableCollection(waiting);
    }

    Trouble trouble(long ordinal) {
        return troubles.getOrDefault(ordinal, Trouble.NONE);
    }

    StepNotes notes() {
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

    void take(List<Long> ordinals) {
        ordinals.forEach(waiting::remove);
    }

    void giveBack(List<Long> ordinals) {
        waiting.addAll(ordinals);
    }

    void trouble(long ordinal, Trouble trouble) {
        troubles.put(ordinal, trouble);
    }

    void reject(long ordinal) {
        waiting.remove(ordinal);
        members.remove(ordinal);
        troubles.remove(ordinal);
    }

    void moveTo(StepPhase next) {
        phase = next;
    }
}
