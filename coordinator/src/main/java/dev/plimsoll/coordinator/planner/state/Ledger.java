package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.wire.journal.JournalRecord;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * The attempts of the open step that are under way or counted. Attempt ids are never reused within
 * the run.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Ledger {
    private final SortedMap<Long, LedgerEntry> entries;

    @JsonCreator
    Ledger(@JsonProperty("entries") SortedMap<Long, LedgerEntry> entries) {
        this.entries = entries;
    }

    static Ledger empty() {
        return new Ledger(new TreeMap<>());
    }

    Ledger copy() {
        return new Ledger(new TreeMap<>(entries));
    }

    public Collection<LedgerEntry> entries() {
        return Collections.unmodifiableCollection(entries.values());
    }

    public Optional<LedgerEntry> entry(long attempt) {
        return Optional.ofNullable(entries.get(attempt));
    }

    /** Over all its attempts. */
    public long lossTokens() {
        return entries.values().stream().mapToLong(LedgerEntry::lossTokens).sum();
    }

    public boolean any(Status status) {
        return entries.values().stream().anyMatch(entry -> entry.status() == status);
    }

    public List<LedgerEntry> with(Status status) {
        return entries.values().stream()
                .filter(entry -> entry.status() == status)
                .toList();
    }

    void add(LedgerEntry entry) {
        entries.put(entry.attempt().attempt(), entry);
    }

    /** Moves one attempt on from the status it must have. */
    void move(long attempt, Status from, UnaryOperator<LedgerEntry> move, JournalRecord record) {
        LedgerEntry entry = entries.get(attempt);
        IllegalRecord.when(
                entry == null || entry.status() != from,
                record,
                "attempt " + attempt + " is not " + from);
        entries.put(attempt, move.apply(entry));
    }

    /** An attempt that is trained, or will be, is to be in the contribution. */
    void ask(long attempt, long contribution, JournalRecord record) {
        LedgerEntry entry = entries.get(attempt);
        boolean isOpen = entry != null
                && entry.contribution() == 0
                && (entry.status() == Status.TRAINED || entry.status() == Status.DISPATCHED);
        IllegalRecord.when(
                !isOpen, record, "attempt " + attempt + " is neither trained nor under way");
        entries.put(attempt, entry.asked(contribution));
    }

    /** The contribution will not come; its attempts are as they were before it was asked for. */
    void unask(long contribution) {
        entries.replaceAll(
                (attempt, entry) -> entry.contribution() == contribution ? entry.unasked() : entry);
    }

    /** Strikes out the attempts; they count no longer. */
    List<LedgerEntry> strike(Predicate<LedgerEntry> which) {
        List<LedgerEntry> struck = new ArrayList<>();
        entries.values().removeIf(entry -> which.test(entry) && struck.add(entry));
        return struck;
    }
}
