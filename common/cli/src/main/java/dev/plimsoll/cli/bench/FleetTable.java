package dev.plimsoll.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The figures of a bench for a person: rates, then the time lines side by side. */
final class FleetTable {

    private static final int NAME = 30;

    private FleetTable() {}

    /** One row a case. */
    static List<String> rates(List<FleetCase> cases) {
        List<String> lines = new ArrayList<>();
        lines.add("%7s %11s %11s %13s %17s %16s %6s %9s"
                .formatted(
                        "workers",
                        "tokens/step",
                        "trained",
                        "micro-batches",
                        "product tokens/s",
                        "engine tokens/s",
                        "ratio",
                        "computing"));
        for (FleetCase one : cases) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%7d %,11d %,11d %13.1f %,17.0f %,16.0f %6.2f %9.2f",
                    one.workers(),
                    one.tokensPerStep(),
                    one.stepTokens(),
                    one.microBatchesPerStep(),
                    one.productTokensPerSecond(),
                    one.engineTokensPerSecond(),
                    one.ratio(),
                    one.computingShare()));
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
        return lines;
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
