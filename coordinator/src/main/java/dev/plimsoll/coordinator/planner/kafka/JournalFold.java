package dev.plimsoll.coordinator.planner.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.JournalReader;

import org.jboss.logging.Logger;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The planner's state from its journal. Replay starts at the last snapshot, which is looked for
 * from the end in growing windows; without one, at the beginning. A snapshot of a version that is
 * not known here is passed over, with a warning. Any other record that cannot be read stops the
 * process: what it said is unknown.
 *
 * @param sinceSnapshot records replayed after the last snapshot
 */
record JournalFold(PlannerState state, int sinceSnapshot) {

    private static final Logger LOG = Logger.getLogger(JournalFold.class);
    private static final long FIRST_WINDOW = 2_000;

    /** Call it after initTransactions, so that no transaction of an incumbent is still open. */
    static JournalFold read(JournalReader journal) {
        long beginning = journal.beginning();
        long end = journal.end();
        Set<Long> passedOver = new HashSet<>();
        for (long window = FIRST_WINDOW; ; window *= 4) {
            long from = Math.max(beginning, end - window);
            List<JournalRecord> records = new ArrayList<>();
            journal.read(from, end, entry -> add(records, entry, passedOver));
            boolean complete = from == beginning
                    || (!records.isEmpty()
                            && records.getFirst() instanceof JournalRecord.SnapshotTaken);
            if (complete) {
                return fold(records);
            }
        }
    }

    /** What precedes a snapshot is in it. */
    private static void add(
            List<JournalRecord> records, JournalReader.Entry entry, Set<Long> passedOver) {
        switch (entry.decoded()) {
            case Decoded.Ok<JournalRecord>(JournalRecord.SnapshotTaken snapshot) -> {
                Optional<String> problem = problemOf(snapshot);
                if (problem.isPresent()) {
                    passOver(entry, problem.get(), passedOver);
                } else {
                    records.clear();
                    records.add(snapshot);
                }
            }
            case Decoded.Ok<JournalRecord>(JournalRecord fact) -> records.add(fact);
            case Decoded.Malformed<JournalRecord>(var where, var problem) -> {
                if (!entry.isSnapshot()) {
                    throw new IllegalStateException("the journal cannot be replayed: " + where
                            + ": " + problem
                            + "; it was written by a newer version or by something else");
                }
                passOver(entry, problem, passedOver);
            }
        }
    }

    /** It only saves time: the records before it say the same. */
    private static void passOver(JournalReader.Entry entry, String problem, Set<Long> passedOver) {
        if (passedOver.add(entry.offset())) {
            LOG.warnf(
                    "the journal's snapshot at offset %d is passed over, because this program "
                            + "cannot read it (%s); the records before it are replayed instead",
                    entry.offset(), problem);
        }
    }

    /**
     * Why the snapshot cannot be read as this state, if it cannot. One that lacks or has a field is
     * of another program's state, even under the same version: what it does not say would be lost.
     */
    static Optional<String> problemOf(JournalRecord.SnapshotTaken snapshot) {
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

    private static JournalFold fold(List<JournalRecord> records) {
        PlannerState state = PlannerState.empty();
        records.forEach(state::apply);
        return new JournalFold(state, records.size());
    }
}
