package dev.plimsoll.cli.topics;

import dev.plimsoll.wire.journal.JournalRecord;

import java.util.Arrays;

/**
 * Learns from the journal which version is committed and which version's state each shard has
 * written. A version that a rollback made, and one of a journal that wrote every version whole, is
 * written when it is committed.
 */
final class SavedStates {

    private long committed;
    private long[] saved = {};

    void take(JournalRecord fact) {
        switch (fact) {
            case JournalRecord.RunCreated created ->
                saved = new long[created.run().fleet().shards()];
            case JournalRecord.StepCommitted step -> {
                committed = step.version();
                if (step.source().isEmpty()) {
                    Arrays.fill(saved, committed);
                }
            }
            case JournalRecord.RolledBack back -> {
                committed = back.version();
                Arrays.fill(saved, committed);
            }
            case JournalRecord.StateSaveAccepted state ->
                saved[state.shard()] = Math.max(saved[state.shard()], state.version());
            // no other fact makes a version or writes one
            default -> {}
        }
    }

    /**
     * Whether every shard has written the newest committed version.
     *
     * @param known is committed, though the journal may not be read so far
     */
    boolean complete(long known) {
        return committed >= known && Arrays.stream(saved).allMatch(version -> version >= committed);
    }
}
