package dev.plimsoll.cli.bench;

import dev.plimsoll.model.files.OwnReport;

import java.nio.file.Path;
import java.util.List;

/**
 * Everything that one call measured, as {@code --json} writes it.
 *
 * @param sampleTokens of each sample
 * @param steps that were measured in each case, after warmUp others
 */
record FleetReport(
        String model,
        int loraRank,
        int shards,
        int sampleTokens,
        int steps,
        int warmUp,
        List<FleetCase> cases) {

    FleetReport {
        cases = List.copyOf(cases);
    }

    /** What {@code --json} writes to; see {@link OwnReport} for what it may replace. */
    static OwnReport file(Path path) {
        return OwnReport.of(path, FleetReport.class);
    }
}
