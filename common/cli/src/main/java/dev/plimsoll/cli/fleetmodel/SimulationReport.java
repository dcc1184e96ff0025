package dev.plimsoll.cli.fleetmodel;

import dev.plimsoll.model.files.OwnReport;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Everything that was simulated, as {@code --json} writes it.
 *
 * @param simulated always true: nothing in it was measured but the calibration
 */
record SimulationReport(
        boolean simulated,
        Map<String, Map<String, Object>> calibration,
        List<SimulatedFleet> fleets) {

    /** What {@code --json} writes to; see {@link OwnReport} for what it may replace. */
    static OwnReport file(Path path) {
        return OwnReport.of(path, SimulationReport.class);
    }
}
