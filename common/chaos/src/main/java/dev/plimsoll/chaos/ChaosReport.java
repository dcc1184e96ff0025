package dev.plimsoll.chaos;

import dev.plimsoll.audit.AuditCounts;
import dev.plimsoll.audit.DigestCounts;
import dev.plimsoll.chaos.measure.DurationSummary;
import dev.plimsoll.chaos.schedule.Disturbance;
import dev.plimsoll.chaos.schedule.ProcessKind;
import dev.plimsoll.cli.results.RunComparison;
import dev.plimsoll.model.files.OwnReport;
import dev.plimsoll.processes.ProcessGroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The report of a chaos run, as {@code --report} writes it.
 *
 * @param disturbancesByKind how often each kind was done, e.g. by "kill -9 worker"
 * @param endedByThemselves processes that ended though nobody had asked them to
 * @param comparison null if there was no second run
 */
record ChaosReport(
        String verdict,
        Setting setting,
        SortedMap<String, Long> disturbancesByKind,
        List<Disturbance> disturbances,
        List<ProcessGroup.Ended> endedByThemselves,
        AuditCounts audit,
        DigestCounts digests,
        RunComparison comparison,
        Map<String, DurationSummary> latencies,
        DurationSummary steps,
        RunOutcome.Measured measured) {

    private static final long MIB = 1 << 20;

    record Setting(
            double minutes,
            long seed,
            int workers,
            int samples,
            long leaseMillis,
            int samplesPerStep,
            boolean calm) {}

    static ChaosReport of(
            ChaosCommand options, int samples, RunOutcome run, RunComparison comparison) {
        SortedMap<String, Long> byKind = new TreeMap<>();
        run.disturbances()
                .forEach(disturbance -> byKind.merge(
                        disturbance.kind().words() + " "
                                + ProcessKind.of(disturbance.target()).process(),
                        1L,
                        Long::sum));
        boolean clean = run.verdict().clean()
                && run.arrived() == samples
                && run.verdict().counts().waiting() == 0
                && run.verdict().counts().afterEnd() == 0
                && (comparison == null || comparison.agrees(ChaosRun.TOLERANCE));
        return new ChaosReport(
                clean ? "clean" : "NOT CLEAN",
                new Setting(
                        options.minutes,
                        options.seed,
                        options.workers,
                        samples,
                        options.lease.toMillis(),
                        options.samplesPerStep,
                        options.calm),
                byKind,
                run.disturbances(),
                run.ended(),
                run.verdict().counts(),
                run.verdict().digests(),
                comparison,
                run.latencies(),
                run.steps(),
                run.measured());
    }

    /** What {@code --report} writes to; see {@link OwnReport} for what it may replace. */
    static OwnReport file(Path path) {
        return OwnReport.of(path, ChaosReport.class);
    }

    /** The measurements as a table, line by line. */
    List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(String.format(
                Locale.ROOT, "%-40s %6s %9s %9s %9s", "milliseconds", "n", "p50", "p99", "max"));
        latencies.forEach((part, spread) -> lines.add(line(part, spread)));
        lines.add(line("step: opened to committed", steps));
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "%-40s %9s %9s %9s %9s",
                "of the time",
                "10 %",
                "50 %",
                "100 %",
                "most"));
        measured.residentBytes()
                .forEach((name, row) -> lines.add(line(name + " resident MiB", row, MIB)));
        measured.liveHandles()
                .forEach((name, row) -> lines.add(line(name + " tensor handles", row, 1)));
        measured.topicBytes()
                .forEach((name, row) -> lines.add(line(name + " KiB on disk", row, 1024)));
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "%5d  kills in all",
                disturbances.stream()
                        .filter(f -> f.kind() == Disturbance.Kind.KILL)
                        .count()));
        lines.add(String.format(
                Locale.ROOT,
                "%5d  cuts in all",
                disturbances.stream().filter(f -> !f.kind().lost().isEmpty()).count()));
        disturbancesByKind.forEach(
                (kind, count) -> lines.add(String.format(Locale.ROOT, "%5d  %s", count, kind)));
        if (!endedByThemselves.isEmpty()) {
            lines.add(String.format(
                    Locale.ROOT, "%5d  ended by themselves", endedByThemselves.size()));
        }
        return lines;
    }

    private static String line(String name, DurationSummary spread) {
        return String.format(
                Locale.ROOT,
                "%-40s %6d %,9d %,9d %,9d",
                name,
                spread.count(),
                spread.p50Millis(),
                spread.p99Millis(),
                spread.maxMillis());
    }

    private static String line(String name, List<Long> row, long unit) {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%-40s", name));
        row.forEach(value -> text.append(
                value < 0 ? "         -" : String.format(Locale.ROOT, " %,9d", value / unit)));
        return text.toString();
    }
}
