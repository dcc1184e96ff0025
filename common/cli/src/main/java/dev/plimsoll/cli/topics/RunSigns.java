package dev.plimsoll.cli.topics;

import dev.plimsoll.wire.journal.JournalRecord;

import java.util.HashSet;
import java.util.Set;

/** What a run does before its first step is committed, for people; a fold of its journal. */
final class RunSigns {

    private final Set<String> joined = new HashSet<>();
    private final Set<String> ready = new HashSet<>();
    private long samples;
    private boolean created;
    private boolean opened;
    private long sent;
    private long trained;
    private boolean paused;

    void take(JournalRecord fact) {
        switch (fact) {
            case JournalRecord.RunCreated _ -> created = true;
            case JournalRecord.SampleAdmitted _ -> samples++;
            case JournalRecord.WorkerAdmitted worker -> joined.add(worker.workerId());
            case JournalRecord.WorkerReady worker -> ready.add(worker.workerId());
            case JournalRecord.WorkerLost worker -> {
                joined.remove(worker.workerId());
                ready.remove(worker.workerId());
            }
            case JournalRecord.StepOpened _ -> opened = true;
            case JournalRecord.MicroBatchDispatched is when !is.attempt().evaluates() -> sent++;
            case JournalRecord.MicroBatchReturned is when !is.attempt().evaluates() -> sent--;
            case JournalRecord.MicroBatchAccepted _ -> trained++;
            case JournalRecord.PauseChanged pause -> paused = pause.paused();
            // no other fact says that it begins
            default -> {}
        }
    }

    boolean paused() {
        return paused;
    }

    /** What is waited for, in a few words. */
    String beginning() {
        if (!created) {
            return "the coordinator starts";
        }
        if (joined.isEmpty()) {
            return "no worker yet, " + count(samples, "sample") + " read";
        }
        if (ready.isEmpty()) {
            return count(joined.size(), "worker") + " starting";
        }
        if (!opened) {
            return count(ready.size(), "worker") + ", " + count(samples, "sample") + " read";
        }
        return trained + " of " + count(sent, "micro-batch") + " trained";
    }

    private static String count(long number, String what) {
        String many = what.endsWith("h") ? "es" : "s";
        return number + " " + what + (number == 1 ? "" : many);
    }
}
