package dev.plimsoll.coordinator.planner;

import dev.plimsoll.wire.JournalRecord.WorkerAdmitted;

/**
 * A worker as the planner knows it.
 *
 * @param ready it has loaded the adapter and reads its lane; only then does work follow
 * @param maxTokens the most tokens a packed micro-batch may have
 */
public record Worker(WorkerAdmitted admission, boolean ready, int maxTokens) {
    public String workerId() {
        return admission.workerId();
    }

    public String incarnation() {
        return admission.incarnation();
    }

    public int lane() {
        return admission.lane();
    }

    public long generation() {
        return admission.generation();
    }

    Worker asReady() {
        return new Worker(admission, true, maxTokens);
    }

    Worker withMaxTokens(int tokens) {
        return new Worker(admission, ready, tokens);
    }

    /** For notes and reasons. */
    String label() {
        return workerId() + " generation " + generation();
    }
}
