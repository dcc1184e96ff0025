package dev.plimsoll.cli.scaling;

import java.util.Locale;

/** The figures as text. */
final class DayTable {

    static final String HEAD = String.format(
            Locale.ROOT,
            "%-40s %7s %7s %6s %7s %7s %6s %6s %5s %5s %8s %6s %7s",
            "",
            "ideal h",
            "used h",
            "ratio",
            "join h",
            "again h",
            "idle h",
            "lost %",
            "more",
            "less",
            "reversed",
            "taken",
            "wait s");

    private DayTable() {}

    static String row(String name, DayFigures day) {
        return String.format(
                Locale.ROOT,
                "%-40s %7.1f %7.1f %6.3f %7.2f %7.2f %6.2f %6.2f %5d %5d %8d %6d %7.0f",
                name,
                day.idealHours(),
                day.hours(),
                day.overIdeal(),
                day.joiningHours(),
                day.repeatedHours(),
                day.idleHours(),
                100 * day.lostShare(),
                day.askedMore(),
                day.askedLess(),
                day.reversals(),
                day.lostWorkers(),
                day.meanWaitSeconds());
    }
}
