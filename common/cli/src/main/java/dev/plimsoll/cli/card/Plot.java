package dev.plimsoll.cli.card;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A picture in SVG of what was measured at each of a number of steps. */
public final class Plot {

    /** The colour of what counts; other colours are for {@link #band} and what is undone. */
    public static final String BLUE = "#0072b2";

    public static final String ORANGE = "#d55e00";
    public static final String GREY = "#999999";

    private static final int LEFT = 60;
    private static final int TOP = 30;
    private static final int WIDTH = 680;
    private static final int HEIGHT = 260;
    private static final int RIGHT = 20;
    private static final int BELOW = 40;
    private static final int TICKS = 4;

    /** More points than these are drawn as means of neighbours. */
    private static final int MOST_POINTS = 1000;

    private final String title;
    private final int steps;
    private final double low;
    private final double high;
    private final List<String> drawn = new ArrayList<>();
    private String ticks = "%.3f";

    /** After so many steps, so much. */
    public record Point(double step, double value) {}

    /**
     * An empty one.
     *
     * @param title of letters, digits and signs that are nothing in XML
     * @param steps how many there are
     * @param low the value at the bottom
     * @param high the value at the top, if it is above {@code low}
     */
    public Plot(String title, int steps, double low, double high) {
        this.title = title;
        this.steps = steps;
        this.low = low;
        this.high = high > low ? high : low + 1;
    }

    /** @param format of a value at the left edge, e.g. {@code %.3f} */
    public Plot ticks(String format) {
        ticks = format;
        return this;
    }

    /** Marks the steps after {@code from} up to {@code to}. */
    public Plot band(double from, double to) {
        return add(
                "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#eeeeee\"/>",
                x(from), TOP, x(to) - x(from), HEIGHT);
    }

    public Plot curve(List<Point> points, String colour) {
        List<String> shown = new ArrayList<>();
        int together = Math.max(1, (points.size() + MOST_POINTS - 1) / MOST_POINTS);
        for (int from = 0; from < points.size(); from += together) {
            List<Point> some = points.subList(from, Math.min(points.size(), from + together));
            shown.add(String.format(
                    Locale.ROOT,
                    "%.1f,%.1f",
                    x(some.stream().mapToDouble(Point::step).average().orElseThrow()),
                    y(some.stream().mapToDouble(Point::value).average().orElseThrow())));
        }
        return add(
                "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"%s\"/>",
                colour, String.join(" ", shown));
    }

    public Plot dot(Point at, String colour) {
        return add(
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>",
                x(at.step()), y(at.value()), colour);
    }

    /** The whole picture. */
    public String svg() {
        int width = LEFT + WIDTH + RIGHT;
        int height = TOP + HEIGHT + BELOW;
        List<String> lines = new ArrayList<>();
        lines.add(line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
                        + "aria-label=\"%s\" font-family=\"sans-serif\" font-size=\"12\">",
                width, height, title));
        lines.add(line("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", width, height));
        lines.add(line("<text x=\"%d\" y=\"18\">%s</text>", LEFT, title));
        axes(lines);
        lines.addAll(drawn);
        lines.add("</svg>");
        return String.join("\n", lines) + "\n";
    }

    private void axes(List<String> lines) {
        for (int tick = 0; tick <= TICKS; tick++) {
            double value = low + (high - low) * tick / TICKS;
            lines.add(line(
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>",
                    LEFT, LEFT + WIDTH, y(value), y(value)));
            lines.add(line(
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">" + ticks + "</text>",
                    LEFT - 6,
                    y(value) + 4,
                    value));
            double step = (double) steps * tick / TICKS;
            lines.add(line(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>",
                    x(step), TOP + HEIGHT + 18, Math.floor(step)));
        }
        lines.add(line(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">steps</text>",
                LEFT + WIDTH / 2, TOP + HEIGHT + 34));
    }

    private Plot add(String format, Object... arguments) {
        drawn.add(line(format, arguments));
        return this;
    }

    private static String line(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private double x(double step) {
        return LEFT + WIDTH * step / Math.max(1, steps);
    }

    private double y(double value) {
        return TOP + HEIGHT * (high - value) / (high - low);
    }
}
