package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A device's memory. used: live tensors; peak: used's high-water mark since the micro-batch began;
 * reserved: held by the allocator; free: left on the device; others: held by other processes;
 * budget: the allowed ceiling.
 *
 * @param cards of a worker with several cards, in their order; the other components are their sums
 *     then. Empty for one card
 */
public record MemoryMeasures(
        long usedBytes,
        long peakBytes,
        long reservedBytes,
        long freeBytes,
        long othersBytes,
        long budgetBytes,

        @AddedLater("[]") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<CardMemory> cards) {

    public MemoryMeasures {
        cards = List.copyOf(cards);
    }

    /** Of one card. */
    public MemoryMeasures(
            long usedBytes,
            long peakBytes,
            long reservedBytes,
            long freeBytes,
            long othersBytes,
            long budgetBytes) {
        this(usedBytes, peakBytes, reservedBytes, freeBytes, othersBytes, budgetBytes, List.of());
    }

    /** Of all cards of a worker, in their order; of one card what it has. At least one. */
    public static MemoryMeasures of(List<MemoryMeasures> each) {
        if (each.size() == 1) {
            return each.getFirst();
        }
        return new MemoryMeasures(
                sum(each, MemoryMeasures::usedBytes),
                sum(each, MemoryMeasures::peakBytes),
                sum(each, MemoryMeasures::reservedBytes),
                sum(each, MemoryMeasures::freeBytes),
                sum(each, MemoryMeasures::othersBytes),
                sum(each, MemoryMeasures::budgetBytes),
                each.stream().map(MemoryMeasures::asCard).toList());
    }

    /** Of each card, in their order: at least one. */
    @JsonIgnore
    public List<MemoryMeasures> each() {
        return cards.isEmpty()
                ? List.of(this)
                : cards.stream()
                        .map(card -> new MemoryMeasures(
                                card.usedBytes(),
                                card.peakBytes(),
                                card.reservedBytes(),
                                card.freeBytes(),
                                card.othersBytes(),
                                card.budgetBytes()))
                        .toList();
    }

    private CardMemory asCard() {
        return new CardMemory(
                usedBytes, peakBytes, reservedBytes, freeBytes, othersBytes, budgetBytes);
    }

    private static long sum(List<MemoryMeasures> each, ToLongFunction<MemoryMeasures> bytes) {
        return each.stream().mapToLong(bytes).sum();
    }
}
