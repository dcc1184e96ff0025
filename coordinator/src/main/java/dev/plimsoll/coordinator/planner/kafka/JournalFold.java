package dev.plimsoll.coordinator.planner.kafka;

import dev.plimsoll.coordinator.planner.driver.PlannerDriver;
import dev.plimsoll.coordinator.planner.driver.Replay;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.JournalReader;

import org.jboss.logging.Logger;

import java.util.HashSet;
import java.util.Set;

/**
 * Reads what a {@link Replay} needs of the journal: the last snapshot is looked for from the end in
 * growing windows; without one, everything is read. A snapshot of a version that is not known here
 * is passed over, with a warning. Any other record that cannot be read stops the process: what it
 * said is unknown.
 */
final class JournalFold {

    private static final Logger LOG = Logger.getLogger(JournalFold.class);
    private static final long FIRST_WINDOW = 2_000;

    private JournalFold() {}

    /** Call it after initTransactions, so that no transaction of an incumbent is still open. */
    static PlannerDriver.Folded read(JournalReader journal) {
        long beginning = journal.beginning();
        long end = journal.end();
        Set<Long> passedOver = new HashSet<>();
        for (long window = FIRST_WINDOW; ; window *= 4) {
            long from = Math.max(beginning, end - window);
            Replay replay = new Replay();
            journal.read(from, end, entry -> add(replay, entry, passedOver));
            if (from == beginning || replay.beginsWithSnapshot()) {
                return replay.folded();
            }
        }
    }

    private static void add(Replay replay, JournalReader.Entry entry, Set<Long> passedOver) {
        switch (entry.decoded()) {
            case Decoded.Ok<JournalRecord>(JournalRecord fact) ->
                replay.add(fact).ifPresent(problem -> passOver(entry, problem, passedOver));
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

    private static void passOver(JournalReader.Entry entry, String problem, Set<Long> passedOver) {
        if (passedOver.add(entry.offset())) {
            LOG.warnf(
                    "the journal's snapshot at offset %d is passed over, because this program "
                            + "cannot read it (%s); the records before it are replayed instead",
                    entry.offset(), problem);
        }
    }
}
