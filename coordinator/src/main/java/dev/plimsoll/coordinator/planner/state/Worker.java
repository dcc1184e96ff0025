package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.journal.JournalRecord.WorkerAdmitted;

import java.util.Optional;

/**
 * A worker as the planner knows it.
 *
 * @param ready it has loaded the adapter and reads its lane; only then does work follow
 * @param maxTokens the most tokens a packed micro-batch may have
 * @param memory how deep its card may be loaded; empty until it says what it has
 * @param needsVersion of the state that it reads, at least
 * @param draining it wants to leave: it is not ready again in this generation
 * @param capBytes of its card, that operators leave it; 0: all that it has
 */
public record Worker(
        WorkerAdmitted admission,
        boolean ready,
        int maxTokens,
        Optional<MemoryLine> memory,
        long needsVersion,
        boolean draining,

        @AddedLater("0") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        long capBytes) {
    static Worker admitted(WorkerAdmitted admission, int maxTokens, long version, long capBytes) {
        return new Worker(admission, false, maxTokens, Optional.empty(), version, false, capBytes);
    }

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

    /** How deep it may be loaded: to its card's line, or to the one under its cap. */
    public Optional<MemoryLine> line() {
        return memory.map(line -> line.under(capBytes));
    }

    Worker asReady() {
        return new Worker(admission, true, maxTokens, memory, needsVersion, draining, capBytes);
    }

    Worker asDraining() {
        return new Worker(admission, false, maxTokens, memory, needsVersion, true, capBytes);
    }

    Worker withMaxTokens(int tokens) {
        return new Worker(admission, ready, tokens, memory, needsVersion, draining, capBytes);
    }

    Worker with(MemoryLine line) {
        return new Worker(
                admission, ready, maxTokens, Optional.of(line), needsVersion, draining, capBytes);
    }

    Worker withCap(long bytes) {
        return new Worker(admission, ready, maxTokens, memory, needsVersion, draining, bytes);
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
