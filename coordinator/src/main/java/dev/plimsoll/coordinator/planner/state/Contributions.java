package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.wire.journal.JournalRecord.ContributionAccepted;
import dev.plimsoll.wire.journal.JournalRecord.ContributionAsked;
import dev.plimsoll.wire.journal.JournalRecord.ContributionVoided;
import dev.plimsoll.wire.protocol.ContributionRef;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The open step's contributions: asked for, and accepted. Ids are never reused within the run. */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Contributions {
    private final SortedMap<Long, ContributionAsked> asked;
    private final SortedMap<Long, ContributionRef> accepted;
    private long lastContribution;

    @JsonCreator
    Contributions(
            @JsonProperty("asked") SortedMap<Long, ContributionAsked> asked,
            @JsonProperty("accepted") SortedMap<Long, ContributionRef> accepted,
            @JsonProperty("lastContribution") long lastContribution) {
        this.asked = asked;
        this.accepted = accepted;
        this.lastContribution = lastContribution;
    }

    static Contributions empty() {
        return new Contributions(new TreeMap<>(), new TreeMap<>(), 0);
    }

    Contributions copy() {
        return new Contributions(new TreeMap<>(asked), new TreeMap<>(accepted), lastContribution);
    }

    public Optional<ContributionAsked> asked(long contribution) {
        return Optional.ofNullable(asked.get(contribution));
    }

    /** Asked for and not answered yet. */
    public Collection<ContributionAsked> asked() {
        return Collections.unmodifiableCollection(asked.values());
    }

    public boolean isAccepted(long contribution) {
        return accepted.containsKey(contribution);
    }

    /** In the order of their ids, which is the order of summation. */
    public List<ContributionRef> accepted() {
        return List.copyOf(accepted.values());
    }

    public long next() {
        return lastContribution + 1;
    }

    void apply(ContributionAsked record) {
        IllegalRecord.when(
                record.contribution() <= lastContribution,
                record,
                "the last contribution is " + lastContribution);
        lastContribution = record.contribution();
        asked.put(record.contribution(), record);
    }

    void apply(ContributionAccepted record) {
        ContributionRef ref = record.contribution();
        ContributionAsked question = asked.remove(ref.contribution());
        IllegalRecord.when(question == null, record, "it was not asked for");
        IllegalRecord.when(
                question.generation() != ref.generation()
                        || !question.workerId().equals(ref.workerId())
                        || !sorted(question.attempts()).equals(sorted(ref.attempts())),
                record,
                "asked for was " + question);
        accepted.put(ref.contribution(), ref);
    }

    void apply(ContributionVoided record) {
        boolean known = asked.remove(record.contribution()) != null;
        known |= accepted.remove(record.contribution()) != null;
        IllegalRecord.when(!known, record, "it is neither asked for nor accepted");
    }

    /** A generation is over: what it was asked for will not come. What was accepted stays. */
    void abandon(String workerId, long generation) {
        asked.values()
                .removeIf(question -> question.workerId().equals(workerId)
                        && question.generation() == generation);
    }

    void clear() {
        asked.clear();
        accepted.clear();
    }

    private static SortedSet<Long> sorted(List<Long> attempts) {
        return new TreeSet<>(attempts);
    }
}
