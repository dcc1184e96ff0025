package dev.plimsoll.cli.report;

import dev.plimsoll.cli.card.Plot;
import dev.plimsoll.cli.card.Plot.Point;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** Pictures of every committed step; those that a rollback undid are grey, on grey. */
final class Curves {

    private final List<StepRecord> steps;
    private final Set<Long> led;
    private final List<JournalRecord.EvaluationClosed> evaluations;

    Curves(RunFacts facts) {
        this.steps = facts.steps();
        this.led = facts.story().steps(facts.version()).stream()
                .map(StepRecord::version)
                .collect(Collectors.toCollection(HashSet::new));
        this.evaluations = facts.evaluations().stream()
                .filter(one -> Double.isFinite(one.loss()))
                .toList();
    }

    /** With a dot for each evaluation. */
    String loss() {
        DoubleStream losses = DoubleStream.concat(
                steps.stream().mapToDouble(StepRecord::loss),
                evaluations.stream().mapToDouble(JournalRecord.EvaluationClosed::loss));
        double[] finite = losses.filter(Double::isFinite).toArray();
        Plot plot = new Plot(
                "loss, nats per trained token"
                        + (evaluations.isEmpty() ? "" : "; dots: on samples for evaluation")
                        + undone(),
                steps.size(),
                DoubleStream.of(finite).min().orElse(0),
                DoubleStream.of(finite).max().orElse(1));
        draw(plot, StepRecord::loss);
        evaluations.forEach(
                one -> plot.dot(new Point(before(one.version()), one.loss()), Plot.ORANGE));
        return plot.svg();
    }

    /** From 0 on. */
    String of(String title, String ticks, ToDoubleFunction<StepRecord> value) {
        double high =
                steps.stream().mapToDouble(value).filter(Double::isFinite).max().orElse(1);
        Plot plot = new Plot(title + undone(), steps.size(), 0, high).ticks(ticks);
        draw(plot, value);
        return plot.svg();
    }

    /** How many steps were undone. */
    long undoneSteps() {
        return steps.stream().filter(step -> !led.contains(step.version())).count();
    }

    private String undone() {
        return undoneSteps() == 0 ? "" : "; grey: undone by a rollback";
    }

    private void draw(Plot plot, ToDoubleFunction<StepRecord> value) {
        List<Point> kept = new ArrayList<>();
        List<List<Point>> undone = new ArrayList<>();
        boolean within = false;
        for (int i = 0; i < steps.size(); i++) {
            boolean holds = led.contains(steps.get(i).version());
            Point point = new Point(i + 1, value.applyAsDouble(steps.get(i)));
            if (!holds && !within) {
                undone.add(new ArrayList<>());
            }
            within = !holds;
            if (Double.isFinite(point.value())) {
                (holds ? kept : undone.getLast()).add(point);
            }
        }
        undone.removeIf(List::isEmpty);
        for (List<Point> points : undone) {
            plot.band(points.getFirst().step() - 1, points.getLast().step());
        }
        for (List<Point> points : undone) {
            plot.curve(points, Plot.GREY);
        }
        plot.curve(kept, Plot.BLUE);
    }

    private long before(long version) {
        return steps.stream().filter(step -> step.version() <= version).count();
    }
}
