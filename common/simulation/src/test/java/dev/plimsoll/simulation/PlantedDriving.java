package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.planner.driver.FinishQuestion;
import dev.plimsoll.coordinator.planner.driver.Polled.ReadInput;
import dev.plimsoll.coordinator.planner.driver.Transaction;
import dev.plimsoll.wire.journal.JournalRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a planner's driver without a defence would do: the real one is told what is not so, or what
 * it gives is rewritten.
 */
final class PlantedDriving {
    private final Plant plant;
    private List<ReadInput> heldBack = List.of();

    PlantedDriving(Plant plant) {
        this.plant = plant;
    }

    /** For {@link Plant#POSITIONS_AHEAD_OF_INPUTS}: each poll's inputs come one poll late. */
    List<ReadInput> handedOver(List<ReadInput> inputs) {
        if (plant != Plant.POSITIONS_AHEAD_OF_INPUTS) {
            return inputs;
        }
        List<ReadInput> before = heldBack;
        heldBack = inputs;
        return before;
    }

    /** The offsets that a Finish waits for. */
    static SortedMap<Integer, Long> offsets(SimWorld world, FinishQuestion question) {
        SortedMap<Integer, Long> offsets = new TreeMap<>();
        switch (question) {
            case FinishQuestion.SampleEnds ends -> offsets.putAll(world.intake.ends());
            case FinishQuestion.IngestedTo(var ends) ->
                offsets.putAll(
                        world.plant == Plant.FINISH_PASSES_EARLY
                                ? ends
                                : world.intake.ingestedTo());
            case FinishQuestion.TokenizedEnd end ->
                offsets.put(0, (long) world.intake.tokenized.size());
        }
        return offsets;
    }

    /** What a snapshot without something looks like. */
    static Transaction snapshot(Plant plant, Transaction transaction) {
        return switch (plant) {
            case SNAPSHOT_FORGETS_POSITIONS ->
                snapshot(transaction, "\"nextOffsets\":\\{[^}]*}", "\"nextOffsets\":{}");
            case WEIGHTS_FORGOTTEN_AT_REPLAY ->
                snapshot(transaction, "\"weight\":[0-9]+", "\"weight\":0");
            case CAPS_FORGOTTEN_AT_REPLAY -> snapshot(transaction, ",\"capBytes\":[0-9]+", "");
            default -> transaction;
        };
    }

    private static Transaction snapshot(Transaction transaction, String what, String instead) {
        List<JournalRecord> records = new ArrayList<>();
        for (JournalRecord record : transaction.records()) {
            String json = ((JournalRecord.SnapshotTaken) record).stateJson();
            records.add(new JournalRecord.SnapshotTaken(json.replaceAll(what, instead)));
        }
        return new Transaction(
                records,
                transaction.commands(),
                transaction.rejections(),
                transaction.steps(),
                transaction.evaluations());
    }
}
