package dev.plimsoll.cli.intake;

import dev.plimsoll.processes.ProcessUsage;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What processes have taken, by their names; those of one name are counted together. It is looked
 * at often, because a process that has ended tells nothing.
 */
final class ProcessMeter {

    private final Map<String, Map<Long, ProcessUsage>> byName = new HashMap<>();

    /** Takes a reading of a process that may have ended. */
    void look(String name, long pid) {
        ProcessUsage.of(pid)
                .ifPresent(usage ->
                        byName.computeIfAbsent(name, _ -> new LinkedHashMap<>()).put(pid, usage));
    }

    ProcessUsage of(String name) {
        return byName.getOrDefault(name, Map.of()).values().stream()
                .reduce(ProcessUsage.NONE, ProcessUsage::then);
    }
}
