package dev.plimsoll.cli.topics;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;

/** Whether a run still takes samples, by the last fact of its journal that tells. */
public final class RunIntake {

    private static final long FIRST_RECORDS = 5_000;
    private static final int GROWTH = 4;

    private enum Last {
        UNKNOWN,
        ADMITTED,
        LATER_EPOCH,
        FINISHED
    }

    private Last last = Last.UNKNOWN;
    private String finished = "";

    RunIntake() {}

    /**
     * Throws when the run under the prefix takes no samples any more. Reads the journal backwards:
     * in a run that takes samples one was admitted lately.
     */
    public static void requireOpen(Clients clients, Topics topics) {
        RunIntake intake = new RunIntake();
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-intake")) {
            if (!journal.exists()) {
                return;
            }
            long beginning = journal.beginning();
            long to = journal.end();
            for (long records = FIRST_RECORDS;
                    to > beginning && intake.last == Last.UNKNOWN;
                    records *= GROWTH) {
                long from = Math.max(beginning, to - records);
                journal.read(from, to, entry -> entry.fact().ifPresent(intake::take));
                to = from;
            }
        }
        intake.requireOpen(topics);
    }

    /** In the order of the journal. */
    void take(JournalRecord fact) {
        switch (fact) {
            case JournalRecord.SampleAdmitted _ -> last = Last.ADMITTED;
            case JournalRecord.EpochStarted _ -> last = Last.LATER_EPOCH;
            case JournalRecord.RunFinished over -> {
                last = Last.FINISHED;
                finished = over.note();
            }
            // no other fact tells; a rollback to the first epoch opens nothing
            default -> {}
        }
    }

    void requireOpen(Topics topics) {
        switch (last) {
            case UNKNOWN, ADMITTED -> {}
            case LATER_EPOCH ->
                throw CliFailure.input("the run under prefix '" + topics.prefix()
                        + "' is in a later epoch, which trains what the first one had, and cannot "
                        + "take samples: they would be rejected; a coordinator with another "
                        + "--prefix begins another run");
            case FINISHED ->
                throw RunProgress.finished(
                        topics, finished, "take samples, which would never be trained");
        }
    }
}
