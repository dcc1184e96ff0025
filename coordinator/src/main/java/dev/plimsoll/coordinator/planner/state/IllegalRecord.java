package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.wire.journal.JournalRecord;

/**
 * Refuses a journal record that does not follow from the state before it. There is a bug, or the
 * journal is of another run.
 */
final class IllegalRecord {
    private IllegalRecord() {}

    static void when(boolean illegal, JournalRecord record, String why) {
        if (illegal) {
            throw record(record, why);
        }
    }

    static IllegalStateException record(JournalRecord record, String why) {
        return new IllegalStateException("journal record " + record + " is illegal here: " + why);
    }
}
