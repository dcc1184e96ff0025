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

/** One step's contributions: asked for, and accepted. */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Contributions {
    private final SortedMap<Long, ContributionAsked> asked;
    private final SortedMap<Long, ContributionRef> accepted;

    @JsonCreator
    Contributions(
            @JsonProperty("asked") SortedMap<Long, ContributionAsked> asked,
            @JsonProperty("accepted") SortedMap<Long, ContributionRef> accepted) {
        this.asked = asked;
        this.accepted = accepted;
    }

    static Contributions empty() {
        return new Contributions(new TreeMap<>(), new TreeMap<>());
    }

    Contributions copy() {
        return new Contributions(new TreeMap<>(asked), new TreeMap<>(accepted));
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

    boolean has(long contribution) {
        return asked.containsKey(contribution) || accepted.containsKey(contribution);
    }

    void apply(ContributionAsked record) {
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

    /** One of its attempts has failed: its worker knows that it is not to come. */
    void withdraw(long contribution) {
        asked.remove(contribution);
    }

    /**
     * A generation is over. The contributions that it was asked for will not come; those that were
     * accepted stay.
     */
    void abandon(String workerId, long generation) {
        asked.values()
                .removeIf(question -> question.workerId().equals(workerId)
                        && question.generation() == generation);
    }

    private static SortedSet<Long> sorted(List<Long> attempts) {
        return new TreeSet<>(attempts);
    }
}
