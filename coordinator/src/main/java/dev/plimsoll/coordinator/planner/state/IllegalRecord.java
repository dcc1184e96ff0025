package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.wire.journal.JournalRecord;

/**
 * A journal record that does not follow from the state before it: a bug, or a journal of another
 * run.
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
