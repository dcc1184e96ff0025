package dev.plimsoll.coordinator.planner.kafka;

import dev.plimsoll.coordinator.planner.driver.PlannerDriver;
import dev.plimsoll.coordinator.planner.driver.Replay;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalPlace;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.JournalReader;

import org.jboss.logging.Logger;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what a {@link Replay} needs of the journal: the last snapshot is looked for from the end in
 * growing windows; without one, everything is read. A snapshot of a version that is not known here
 * is passed over, with a warning, and so is what is not of the run's planners. Any other record
 * that cannot be read stops the process: what it said is unknown. So does a record that is missing.
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
            Window read = new Window(passedOver);
            journal.read(from, end, read::add);
            if (from == beginning || read.isWhole()) {
                return read.folded();
            }
        }
    }

    /** What was read from one offset on. */
    private static final class Window {
        private final Replay replay = new Replay();
        private final Set<Long> passedOver;
        private Optional<String> gap = Optional.empty();
        private long lastOffset = -1;
        private long lastAfter = -1;
        private boolean outOfPlace;

        Window(Set<Long> passedOver) {
            this.passedOver = passedOver;
        }

        void add(JournalReader.Entry entry) {
            if (entry.foreign().isEmpty()) {
                gap = gap.or(entry::gap);
                entry.place().ifPresent(place -> look(place, entry.offset()));
                JournalFold.add(replay, entry, passedOver);
            }
        }

        /**
         * Records that were written again name a place before them that lies elsewhere: where the
         * planner wrote them. Of the first transaction it lies before the window.
         */
        private void look(JournalPlace place, long offset) {
            boolean begins = lastOffset >= 0 && place.after() != lastAfter;
            outOfPlace |= begins && place.after() != lastOffset;
            lastAfter = place.after();
            lastOffset = offset;
        }

        /** Whether it holds all that a replay needs. */
        boolean isWhole() {
            return gap.isEmpty() && !outOfPlace && replay.beginsWithSnapshot();
        }

        PlannerDriver.Folded folded() {
            if (gap.isPresent()) {
                throw new IllegalStateException("the journal cannot be replayed: " + gap.get()
                        + "; restore the topic, or start another run with another prefix");
            }
            return replay.folded();
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
