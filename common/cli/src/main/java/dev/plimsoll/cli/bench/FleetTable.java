package dev.plimsoll.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The figures of a bench for a person: rates, then the time lines side by side. */
final class FleetTable {

    private static final int NAME = 30;

    private FleetTable() {}

    /** One row a case. Bytes up and down are a worker's, those of the disk the broker's. */
    static List<String> rates(List<FleetCase> cases) {
        List<String> lines = new ArrayList<>();
        lines.add("%7s %11s %11s %13s %17s %16s %6s %9s %9s %9s %9s"
                .formatted(
                        "workers",
                        "tokens/step",
                        "trained",
                        "micro-batches",
                        "product tokens/s",
                        "engine tokens/s",
                        "ratio",
                        "computing",
                        "MB up",
                        "MB down",
                        "MB disk"));
        for (FleetCase one : cases) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%7d %,11d %,11d %13.1f %,17.0f %,16.0f %6.2f %9.2f %9s %9s %9s",
                    one.workers(),
                    one.tokensPerStep(),
                    one.stepTokens(),
                    one.microBatchesPerStep(),
                    one.productTokensPerSecond(),
                    one.engineTokensPerSecond(),
                    one.ratio(),
                    one.computingShare(),
                    megabytes(one, StepBytes::workerUp),
                    megabytes(one, StepBytes::workerDown),
                    megabytes(one, StepBytes::disk)));
        }
        return lines;
    }

    /** One row a moment, one column a case. */
    static List<String> timeLines(List<FleetCase> cases) {
        List<String> lines = new ArrayList<>();
        lines.add(row("ms since the step was opened", cases, FleetCase::title));
        for (Moment moment : Moment.values()) {
            lines.add(
                    row(moment.text(), cases, one -> number(one.line().millis().get(moment))));
        }
        lines.add(row("of it computing", cases, one -> number(one.line().computingMillis())));
        lines.add(row("from commit to commit", cases, one -> number(one.line().periodMillis())));
        return lines;
    }

    private static String megabytes(FleetCase one, ToLongFunction<StepBytes> which) {
        return one.bytesPerStep() == null
                ? "-"
                : String.format(Locale.ROOT, "%,.2f", which.applyAsLong(one.bytesPerStep()) / 1e6);
    }

    private static String row(
            String name, List<FleetCase> cases, Function<FleetCase, String> value) {
        StringBuilder row = new StringBuilder(("%-" + NAME + "s").formatted(name));
        cases.forEach(one -> row.append("%14s".formatted(value.apply(one))));
        return row.toString();
    }

    private static String number(Double millis) {
        return millis == null ? "-" : String.format(Locale.ROOT, "%,.0f", millis);
    }
}
