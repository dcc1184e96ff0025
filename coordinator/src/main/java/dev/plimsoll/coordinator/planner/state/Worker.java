package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.journal.JournalRecord.WorkerAdmitted;

import java.util.Optional;

/**
 * A worker as the planner knows it.
 *
 * @param ready it has loaded the adapter and reads its lane; only then does work follow
 * @param maxTokens the most tokens a packed micro-batch may have
 * @param memory how deep it may be loaded; empty until it says what it has
 * @param needsVersion of the state that it reads, at least
 * @param draining it wants to leave: it is not ready again in this generation
 */
public record Worker(
        WorkerAdmitted admission,
        boolean ready,
        int maxTokens,
        Optional<MemoryLine> memory,
        long needsVersion,
        boolean draining) {
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
        return new Worker(admission, true, maxTokens, memory, needsVersion, draining);
    }

    Worker asDraining() {
        return new Worker(admission, false, maxTokens, memory, needsVersion, true);
    }

    Worker withMaxTokens(int tokens) {
        return new Worker(admission, ready, tokens, memory, needsVersion, draining);
    }

    Worker with(MemoryLine line) {
        return new Worker(admission, ready, maxTokens, Optional.of(line), needsVersion, draining);
    }

    /** Cards of one kind share a forecast. */
    public String card() {
        return admission.device().kind() + " " + admission.device().name() + " "
                + admission.device().precision();
    }

    /** For notes and reasons. */
    public String label() {
        return workerId() + " generation " + generation();
    }
}
