package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.wire.journal.JournalRecord;

/**
 * A journal record does not follow from the state before it. There is a bug, or the journal is of
 * another run.
 */
public final class IllegalRecord extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private IllegalRecord(JournalRecord record, String why) {
        super("journal record " + record + " is illegal here: " + why);
    }

    static void when(boolean illegal, JournalRecord record, String why) {
        if (illegal) {
            throw record(record, why);
        }
    }

    static IllegalRecord record(JournalRecord record, String why) {
        return new IllegalRecord(record, why);
    }
}
