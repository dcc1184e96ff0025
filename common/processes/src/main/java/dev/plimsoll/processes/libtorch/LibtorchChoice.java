package dev.plimsoll.processes.libtorch;

import java.util.List;
import java.util.Optional;

/**
 * Which libtorch a process loads.
 *
 * @param own empty for the one that the build brings, which is for CPUs only
 * @param notes whole clauses: why nothing else was taken, or what to mind
 */
public record LibtorchChoice(Optional<Libtorch> own, List<String> notes) {

    public LibtorchChoice {
        notes = List.copyOf(notes);
    }

    public boolean hasCuda() {
        return own.filter(Libtorch::hasCuda).isPresent();
    }

    /** For a log, without a full stop. */
    @Override
    public String toString() {
        String which =
                own.map(Libtorch::toString).orElse("the build's own libtorch, for CPUs only");
        return notes.isEmpty() ? which : which + " (" + String.join("; ", notes) + ")";
    }
}
