package dev.plimsoll.worker.shell;

import dev.plimsoll.engine.EngineCard;
import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.List;
import java.util.stream.Collectors;

/** An engine's cards as a worker tells of them when it joins. */
final class Devices {

    private Devices() {}

    /** @param cards at least one; of one kind and one precision */
    static WorkerDevice of(List<EngineCard> cards) {
        EngineDevice first = cards.getFirst().device();
        if (cards.size() == 1) {
            return new WorkerDevice(
                    first.kind(), first.name(), first.precision(), first.totalBytes());
        }
        return new WorkerDevice(
                first.kind(),
                name(cards),
                first.precision(),
                cards.stream().mapToLong(card -> card.device().totalBytes()).sum(),
                cards.stream().map(Devices::card).toList());
    }

    private static WorkerCard card(EngineCard card) {
        return new WorkerCard(
                card.device().index(),
                card.device().name(),
                card.device().totalBytes(),
                card.firstLayer(),
                card.layers(),
                card.embedding(),
                card.head());
    }

    /** "2 H200", or the names of cards that differ. */
    private static String name(List<EngineCard> cards) {
        List<String> names = cards.stream().map(card -> card.device().name()).toList();
        return names.stream().distinct().count() == 1
                ? names.size() + " " + names.getFirst()
                : names.stream().collect(Collectors.joining(" + "));
    }
}
