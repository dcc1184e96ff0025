package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.journal.JournalRecord.WorkerAdmitted;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A worker as the planner knows it.
 *
 * @param ready it has loaded the adapter and reads its lane; only then does work follow
 * @param maxTokens the most tokens a packed micro-batch may have
 * @param memory how deep its card may be loaded, its first card where it has several; empty until
 *     it says what it has
 * @param needsVersion of the state that it reads, at least
 * @param draining it wants to leave: it is not ready again in this generation
 * @param capBytes of its card, that operators leave it, of each of them where it has several; 0:
 *     all that it has
 * @param otherCards how deep the second and the following of several cards may be loaded, by the
 *     card's number in their order, as far as it is known
 * @param firstGeneration of this process, which was admitted anew since without another process in
 *     between; 0 where it had no other one, or where that is not known
 */
public record Worker(
        WorkerAdmitted admission,
        boolean ready,
        int maxTokens,
        Optional<MemoryLine> memory,
        long needsVersion,
        boolean draining,

        @AddedLater("0") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        long capBytes,

        @AddedLater("{}") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        SortedMap<Integer, MemoryLine> otherCards,

        @AddedLater("0") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        long firstGeneration) {

    public Worker {
        otherCards = Collections.unmodifiableSortedMap(new TreeMap<>(otherCards));
    }

    /** @param before its last generation, or that of another process with its id; null for none */
    static Worker admitted(WorkerAdmitted admission, int maxTokens, long version, Worker before) {
        boolean isSame = before != null && before.incarnation().equals(admission.incarnation());
        return new Worker(
                admission,
                false,
                maxTokens,
                Optional.empty(),
                version,
                false,
                before == null ? 0 : before.capBytes(),
                Collections.emptySortedMap(),
                isSame ? before.earliest() : 0);
    }

    public String workerId() {
        return admission.workerId();
    }

    public String incarnation() {
        return admission.incarnation();
    }

    public int lane() {
        return admission.lane();
    }

    public long generation() {
        return admission.generation();
    }

    /** Whether this process may have had the generation, as far as that is known. */
    public boolean mayHaveHad(long generation) {
        return generation >= earliest();
    }

    private long earliest() {
        return firstGeneration == 0 ? generation() : firstGeneration;
    }

    public WorkerDevice device() {
        return admission.device();
    }

    /** Whether it has several cards. */
    public boolean isWide() {
        return !device().cards().isEmpty();
    }

    /** How many cards it has: at least 1. */
    public int cards() {
        return Math.max(1, device().cards().size());
    }

    /** How deep it may be loaded: to its card's line, or to the one under its cap. */
    public Optional<MemoryLine> line() {
        return line(0);
    }

    /**
     * The same of one of its cards.
     *
     * @param card counted from 0
     */
    public Optional<MemoryLine> line(int card) {
        return memory(card).map(line -> line.under(capBytes));
    }

    /** How deep one of its cards may be loaded, without the cap. */
    public Optional<MemoryLine> memory(int card) {
        return card == 0 ? memory : Optional.ofNullable(otherCards.get(card));
    }

    Worker asReady() {
        return new Worker(
                admission,
                true,
                maxTokens,
                memory,
                needsVersion,
                draining,
                capBytes,
                otherCards,
                firstGeneration);
    }

    Worker asDraining() {
        return new Worker(
                admission,
                false,
                maxTokens,
                memory,
                needsVersion,
                true,
                capBytes,
                otherCards,
                firstGeneration);
    }

    Worker withMaxTokens(int tokens) {
        return new Worker(
                admission,
                ready,
                tokens,
                memory,
                needsVersion,
                draining,
                capBytes,
                otherCards,
                firstGeneration);
    }

    Worker with(int card, MemoryLine line) {
        SortedMap<Integer, MemoryLine> others = new TreeMap<>(otherCards);
        if (card > 0) {
            others.put(card, line);
        }
        return new Worker(
                admission,
                ready,
                maxTokens,
                card == 0 ? Optional.of(line) : memory,
                needsVersion,
                draining,
                capBytes,
                others,
                firstGeneration);
    }

    Worker withCap(long bytes) {
        return new Worker(
                admission,
                ready,
                maxTokens,
                memory,
                needsVersion,
                draining,
                bytes,
                otherCards,
                firstGeneration);
    }

    /**
     * Cards of one kind share a forecast. Of several cards it is that of the time that they take
     * together: those that split the model alike share it.
     */
    public String card() {
        String name = isWide()
                ? device().cards().stream()
                        .map(card -> card.name() + " of " + card.layers())
                        .collect(Collectors.joining(" + "))
                : device().name();
        return device().kind() + " " + name + " " + device().precision();
    }

    /**
     * As {@link #card()}, for the memory that one of its cards needs. Of several, cards of one kind
     * with the same layers and the same chunks under way share a forecast.
     *
     * @param card counted from 0
     */
    public String card(int card) {
        if (!isWide()) {
            return card();
        }
        WorkerCard is = device().cards().get(card);
        return device().kind() + " " + is.name() + " " + device().precision() + ", card " + card
                + " of " + cards() + " with " + is.layers() + " layers";
    }

    /** One of its cards, for people. */
    public String cardLabel(int card) {
        return isWide() ? label() + " card " + card : label();
    }

    /** For notes and reasons. */
    public String label() {
        return workerId() + " generation " + generation();
    }
}
