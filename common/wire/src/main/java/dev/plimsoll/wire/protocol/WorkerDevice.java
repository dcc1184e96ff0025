package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What a worker trains on.
 *
 * @param kind "cpu" or "cuda"
 * @param name of the card; of several cards all their names
 * @param precision of weights and activations: "fp32", "bf16"; "fp8" and "nf4" are of weights
 *     alone, computed with in bf16 on a GPU
 * @param totalBytes the device's memory; the simulated card's on CPU; 0 when unknown; of several
 *     cards all their bytes
 * @param cards of a worker with several cards, in the order of the layers on them; empty for one
 */
public record WorkerDevice(
        String kind,
        String name,
        String precision,
        long totalBytes,

        @AddedLater("[]") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<WorkerCard> cards) {

    /** A worker has no more cards. */
    public static final int MAX_CARDS = WorkerCatalogue.MOST_CARDS;

    public WorkerDevice {
        cards = List.copyOf(cards);
    }

    /**
     * What people are told memory of: the worker, or each of its several cards.
     *
     * @return at least one name, in the order of its cards
     */
    public List<String> hulls(String workerId) {
        return cards.isEmpty()
                ? List.of(workerId)
                : IntStream.range(0, cards.size())
                        .mapToObj(card -> WorkerCard.label(workerId, card))
                        .toList();
    }

    /** One card, or the processor. */
    public WorkerDevice(String kind, String name, String precision, long totalBytes) {
        this(kind, name, precision, totalBytes, List.of());
    }
}
