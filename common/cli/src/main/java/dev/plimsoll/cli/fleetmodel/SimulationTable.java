package dev.plimsoll.cli.fleetmodel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was simulated, for a person. */
final class SimulationTable {

    private SimulationTable() {}

    /** Real ratios beside simulated ones. */
    static List<String> against(List<MeasuredCase> cases, Calibration calibration) {
        List<String> lines = new ArrayList<>();
        lines.add("%7s %11s %10s %10s %7s %12s %12s %7s"
                .formatted(
                        "workers",
                        "tokens/step",
                        "real",
                        "simulated",
                        "error",
                        "real ms",
                        "simulated ms",
                        "error"));
        for (MeasuredCase one : cases) {
            SimulatedStep step = one.simulated(calibration);
            lines.add(String.format(
                    Locale.ROOT,
                    "%7d %,11.0f %10.3f %10.3f %+6.1f%% %,12.0f %,12.0f %+6.1f%%",
                    one.workers(),
                    one.tokensPerStep(),
                    one.ratio(),
                    step.ratio(),
                    (step.ratio() / one.ratio() - 1) * 100,
                    one.periodMillis(),
                    step.periodMillis(),
                    (step.periodMillis() / one.periodMillis() - 1) * 100));
        }
        return lines;
    }

    /** One row a fleet: the ratio, and where a step's time goes. */
    static List<String> rows(List<SimulatedFleet> fleets) {
        List<String> lines = new ArrayList<>();
        StringBuilder head = new StringBuilder("%8s %7s %7s %7s %6s %9s"
                .formatted("replicas", "tokens", "Gbit/s", "workers", "ratio", "step ms"));
        for (Part part : Part.values()) {
            head.append(" %10s".formatted(part.text()));
        }
        lines.add(head.toString());
        for (SimulatedFleet fleet : fleets) {
            StringBuilder row = new StringBuilder(String.format(
                    Locale.ROOT,
                    "%8d %,7d %7s %7d %6.2f %,9.0f",
                    fleet.replicas(),
                    fleet.tokensPerWorker(),
                    SimulatedFleet.text(fleet.linkGigabits()),
                    fleet.workers(),
                    fleet.step().ratio(),
                    fleet.step().periodMillis()));
            for (Part part : Part.values()) {
                row.append(String.format(
                        Locale.ROOT, " %,10.0f", fleet.step().millis().get(part)));
            }
            lines.add(row.toString());
        }
        return lines;
    }
}
