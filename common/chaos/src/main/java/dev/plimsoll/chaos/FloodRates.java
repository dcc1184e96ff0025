package dev.plimsoll.chaos;

import dev.plimsoll.chaos.Flood.Phase;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How fast a run trains before, during and after a flood. */
final class FloodRates {

    private static final double NANOS = 1e9;

    private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);
    private final Map<Phase, Long> trained = new EnumMap<>(Phase.class);
    private boolean begun;
    private long lastNanos;
    private long lastTrained;

    /** Whatever was trained since the last look counts for the phase that there is now. */
    void look(Phase phase, long samples, long nowNanos) {
        // what passes before the first step is the fleet's start
        if (begun) {
            nanos.merge(phase, nowNanos - lastNanos, Long::sum);
            trained.merge(phase, samples - lastTrained, Long::sum);
        }
        begun |= samples > 0;
        lastNanos = nowNanos;
        lastTrained = samples;
    }

    /** Samples a second, of the phases that there were. */
    String sentence() {
        return nanos.keySet().stream()
                .map(phase -> String.format(
                        Locale.ROOT,
                        "%.2f %s",
                        trained.get(phase) * NANOS / Math.max(1, nanos.get(phase)),
                        phase.name().toLowerCase(Locale.ROOT)))
                .collect(Collectors.joining(", "));
    }
}
