package dev.plimsoll.cli.card;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** The loss of each step as a line, and that of evaluations as dots, in one SVG picture. */
final class LossPicture {

    private static final int LEFT = 60;
    private static final int TOP = 30;
    private static final int PLOT_WIDTH = 680;
    private static final int PLOT_HEIGHT = 260;
    private static final int BELOW = 40;
    private static final int TICKS = 4;

    /** More steps than this are drawn as means of neighbours. */
    private static final int POINTS = 1000;

    private final List<StepRecord> steps;
    private final List<JournalRecord.EvaluationClosed> evaluations;
    private final double low;
    private final double high;
    private final StringBuilder svg = new StringBuilder();

    /** Steps in their order; what is not finite is not drawn. */
    LossPicture(List<StepRecord> steps, List<JournalRecord.EvaluationClosed> evaluations) {
        this.steps = steps.stream().filter(step -> Double.isFinite(step.loss())).toList();
        this.evaluations =
                evaluations.stream().filter(one -> Double.isFinite(one.loss())).toList();
        this.low = losses().min().orElse(0);
        double highest = losses().max().orElse(1);
        this.high = highest > low ? highest : low + 1;
    }

    private DoubleStream losses() {
        return DoubleStream.concat(
                steps.stream().mapToDouble(StepRecord::loss),
                evaluations.stream().mapToDouble(JournalRecord.EvaluationClosed::loss));
    }

    String svg() {
        int width = LEFT + PLOT_WIDTH + 20;
        int height = TOP + PLOT_HEIGHT + BELOW;
        line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                        + "font-family=\"sans-serif\" font-size=\"12\">",
                width, height);
        line("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", width, height);
        line(
                "<text x=\"%d\" y=\"18\">loss, nats per trained token%s</text>",
                LEFT, evaluations.isEmpty() ? "" : "; dots: on samples that are never trained");
        axes();
        curve();
        for (JournalRecord.EvaluationClosed one : evaluations) {
            line(
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#d55e00\"/>",
                    x(before(one.version())), y(one.loss()));
        }
        line("</svg>");
        return svg.toString();
    }

    private void axes() {
        for (int tick = 0; tick <= TICKS; tick++) {
            double loss = low + (high - low) * tick / TICKS;
            line(
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>",
                    LEFT, LEFT + PLOT_WIDTH, y(loss), y(loss));
            line(
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3f</text>",
                    LEFT - 6, y(loss) + 4, loss);
            double step = (double) steps.size() * tick / TICKS;
            line(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>",
                    x(step), TOP + PLOT_HEIGHT + 18, Math.floor(step));
        }
        line(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">steps</text>",
                LEFT + PLOT_WIDTH / 2, TOP + PLOT_HEIGHT + 34);
    }

    private void curve() {
        List<String> points = new ArrayList<>();
        int together = Math.max(1, (steps.size() + POINTS - 1) / POINTS);
        for (int from = 0; from < steps.size(); from += together) {
            int to = Math.min(steps.size(), from + together);
            double mean = steps.subList(from, to).stream()
                    .mapToDouble(StepRecord::loss)
                    .average()
                    .orElseThrow();
            points.add(String.format(Locale.ROOT, "%.1f,%.1f", x((from + to + 1) / 2.0), y(mean)));
        }
        line(
                "<polyline fill=\"none\" stroke=\"#0072b2\" stroke-width=\"1.5\" points=\"%s\"/>",
                String.join(" ", points));
    }

    /** How many steps led to the version. */
    private long before(long version) {
        return steps.stream().filter(step -> step.version() <= version).count();
    }

    /** After so many steps. */
    private double x(double step) {
        return LEFT + PLOT_WIDTH * step / Math.max(1, steps.size());
    }

    private double y(double loss) {
        return TOP + PLOT_HEIGHT * (high - loss) / (high - low);
    }

    private void line(String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
