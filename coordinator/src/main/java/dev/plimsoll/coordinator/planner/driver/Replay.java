package dev.plimsoll.coordinator.planner.driver;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.journal.JournalRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The records from which the planner's state is replayed. A replay begins at the journal's last
 * snapshot: what precedes a snapshot is in it. A snapshot that cannot be read as this program's
 * state is passed over: it only saves time, and the records before it say the same.
 */
public final class Replay {

    private final List<JournalRecord> records = new ArrayList<>();

    /** The journal's next record. The answer says why it is passed over, if it is. */
    public Optional<String> add(JournalRecord record) {
        if (record instanceof JournalRecord.SnapshotTaken snapshot) {
            Optional<String> problem = problemOf(snapshot);
            if (problem.isPresent()) {
                return problem;
            }
            records.clear();
        }
        records.add(record);
        return Optional.empty();
    }

    /** Whether nothing before the records that were added is needed. */
    public boolean beginsWithSnapshot() {
        return !records.isEmpty() && records.getFirst() instanceof JournalRecord.SnapshotTaken;
    }

    /** Throws IllegalStateException when the records do not follow from each other. */
    public PlannerDriver.Folded folded() {
        PlannerState state = PlannerState.empty();
        records.forEach(state::apply);
        return new PlannerDriver.Folded(state, records.size());
    }

    /**
     * Why the snapshot cannot be read as this state, if it cannot. One that lacks or has a field is
     * of another program's state, even under the same version: what it does not say would be lost.
     */
    public static Optional<String> problemOf(JournalRecord.SnapshotTaken snapshot) {
        try {
            String json = PlannerState.fromJson(snapshot.stateJson()).toJson();
            return Json.mapper().readTree(json).equals(Json.mapper().readTree(snapshot.stateJson()))
                    ? Optional.empty()
                    : Optional.of("the snapshot's state has other fields than this program's");
        } catch (IllegalStateException e) {
            return Optional.of(e.getMessage());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("it was just read", e);
        }
    }
}
