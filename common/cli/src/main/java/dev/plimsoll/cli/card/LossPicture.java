package dev.plimsoll.cli.card;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** The loss of each step as a line, and that of evaluations as dots, in one SVG picture. */
final class LossPicture {

    private final List<StepRecord> steps;
    private final List<JournalRecord.EvaluationClosed> evaluations;

    /** Steps in their order; what is not finite is not drawn. */
    LossPicture(List<StepRecord> steps, List<JournalRecord.EvaluationClosed> evaluations) {
        this.steps = steps.stream().filter(step -> Double.isFinite(step.loss())).toList();
        this.evaluations =
                evaluations.stream().filter(one -> Double.isFinite(one.loss())).toList();
    }

    private DoubleStream losses() {
        return DoubleStream.concat(
                steps.stream().mapToDouble(StepRecord::loss),
                evaluations.stream().mapToDouble(JournalRecord.EvaluationClosed::loss));
    }

    String svg() {
        Plot plot = new Plot(
                "loss, nats per trained token"
                        + (evaluations.isEmpty()
                                ? ""
                                : "; dots: on samples that are never trained"),
                steps.size(),
                losses().min().orElse(0),
                losses().max().orElse(1));
        plot.curve(
                IntStream.range(0, steps.size())
                        .mapToObj(i -> new Plot.Point(i + 1, steps.get(i).loss()))
                        .toList(),
                Plot.BLUE);
        evaluations.forEach(
                one -> plot.dot(new Plot.Point(before(one.version()), one.loss()), Plot.ORANGE));
        return plot.svg();
    }

    /** How many steps led to the version. */
    private long before(long version) {
        return steps.stream().filter(step -> step.version() <= version).count();
    }
}
