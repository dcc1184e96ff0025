package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryPlan;

import org.hipparchus.stat.regression.OLSMultipleLinearRegression;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * time = cost(plan) · (fixed + pace · tokens + square · squares), fitted to the last measurements
 * of each plan.
 *
 * <p>Robust: an M-estimate with Huber's weights by iteratively reweighted least squares (Huber
 * 1981, section 7.8), on relative errors. In turns, the costs are found for the line and the line
 * for the costs. A plan's cost is near its own measurements, and the ladder's guess counts as one
 * more of them; so what other plans took, and where the line lies between fixed and pace, cannot
 * change what is known of a plan where it was measured. Of a plan without measurements the guess is
 * corrected as its neighbours' were.
 *
 * <p>A plan has a cost for short sequences and one for long ones: what is wrong with the square is
 * in the second, and does not say how short ones are cut.
 *
 * <p>Plans that keep attention do not draw the line while others do: how much less a square costs
 * under them is the ladder's guess, and what is wrong with it would be taken for a fault of pace or
 * fixed.
 */
final class SpeedFit {

    /** Launches and the wait at the end, in tokens; an H100 with a fast host. */
    static final double FIRST_FIXED = 256;

    /** A token's attention to one other, in tokens; Llama-8B on an H100. */
    static final double FIRST_SQUARE = 3.6e-5;

    private static final double FIXED_DEVIATION = 512;
    private static final double SQUARE_DEVIATION = 3.6e-5;
    private static final int ROUNDS = 8;
    /** Errors below this many deviations count in full. */
    private static final double HUBER = 1.345;
    /** Of a normal distribution, over its median absolute error. */
    private static final double DEVIATION_OVER_MEDIAN = 1.4826;
    /** Clocks of cards are no steadier. */
    private static final double LEAST_DEVIATION = 0.01;
    /** A measurement that many micro-batches old counts half. */
    private static final double HALF_AGE = 256;

    /** Each as it is for short sequences and as it is for long ones. */
    private final List<PlanTimings> plans;

    private final double[] costs;
    private final Line line;

    /** In microseconds. */
    private record Line(double fixed, double pace, double square) {
        double at(double tokens, double squares) {
            return fixed + pace * tokens + square * squares;
        }

        double at(Timing timing) {
            return at(timing.tokens(), timing.squares());
        }
    }

    private SpeedFit(List<PlanTimings> plans, double[] costs, Line line) {
        this.plans = plans;
        this.costs = costs;
        this.line = line;
    }

    /** @param seen micro-batches of the card */
    static SpeedFit of(List<PlanTimings> plans, long seen) {
        Line guess = new Line(FIRST_FIXED, 1, FIRST_SQUARE);
        List<PlanTimings> apart = plans.stream().flatMap(SpeedFit::shortAndLong).toList();
        double[] costs = apart.stream().mapToDouble(PlanTimings::cost).toArray();
        if (plans.isEmpty()) {
            return new SpeedFit(apart, costs, guess);
        }
        Line first = scaled(guess, apart);
        Line line = first;
        for (int round = 0; round < ROUNDS; round++) {
            double deviation = deviation(apart, costs, line);
            line = line(apart, costs, line, first, deviation, seen);
            for (int plan = 0; plan < costs.length; plan++) {
                costs[plan] = cost(apart.get(plan), line, deviation, seen);
            }
        }
        return new SpeedFit(apart, costs, line);
    }

    private static Stream<PlanTimings> shortAndLong(PlanTimings plan) {
        return plan.latest().stream()
                .collect(Collectors.partitioningBy(
                        timing -> isLong(plan.plan(), timing.tokens(), timing.squares())))
                .values()
                .stream()
                .filter(timings -> !timings.isEmpty())
                .map(timings -> new PlanTimings(plan.plan(), plan.cost(), timings));
    }

    /** Plans that keep attention are for long sequences only. */
    private static boolean isLong(MemoryPlan plan, double tokens, double squares) {
        return plan.keepAttention() || squares >= tokens * Loading.KEEP_FROM_TOKENS;
    }

    double time(MemoryPlan plan, double cost, Lengths lengths) {
        boolean isLong = isLong(plan, lengths.tokens(), lengths.squares());
        return cost(plan, cost, isLong) * line.at(lengths.tokens(), lengths.squares());
    }

    /** What a micro-batch costs besides its tokens, in tokens under the roomiest plan. */
    double fixedTokens() {
        return line.fixed() / line.pace();
    }

    /** Measured, or the guess as the nearest measured plans, by their guesses, correct it. */
    private double cost(MemoryPlan plan, double guess, boolean isLong) {
        boolean all = IntStream.range(0, costs.length).noneMatch(i -> isLong(i) == isLong);
        int below = -1;
        int above = -1;
        for (int i = 0; i < costs.length; i++) {
            if (!all && isLong(i) != isLong) {
                continue;
            }
            if (plans.get(i).plan().equals(plan)) {
                return costs[i];
            }
            double other = plans.get(i).cost();
            if (other <= guess && (below < 0 || other > plans.get(below).cost())) {
                below = i;
            }
            if (other >= guess && (above < 0 || other < plans.get(above).cost())) {
                above = i;
            }
        }
        if (below < 0 || above < 0) {
            return guess * (below >= 0 ? correction(below) : above >= 0 ? correction(above) : 1);
        }
        double width = plans.get(above).cost() - plans.get(below).cost();
        double part = width > 0 ? (guess - plans.get(below).cost()) / width : 0;
        return guess * (correction(below) * (1 - part) + correction(above) * part);
    }

    private boolean isLong(int plan) {
        Timing any = plans.get(plan).latest().getFirst();
        return isLong(plans.get(plan).plan(), any.tokens(), any.squares());
    }

    private double correction(int plan) {
        return costs[plan] / plans.get(plan).cost();
    }

    private static Line scaled(Line guess, List<PlanTimings> plans) {
        double pace = lowerMedian(plans.stream()
                .flatMapToDouble(plan -> plan.latest().stream()
                        .mapToDouble(timing -> timing.micros() / (plan.cost() * guess.at(timing))))
                .toArray());
        return new Line(guess.fixed() * pace, pace, guess.square() * pace);
    }

    private static double deviation(List<PlanTimings> plans, double[] costs, Line line) {
        double[] errors = new double[count(plans)];
        int next = 0;
        for (int plan = 0; plan < costs.length; plan++) {
            for (Timing timing : plans.get(plan).latest()) {
                errors[next++] = Math.abs(timing.micros() / (costs[plan] * line.at(timing)) - 1);
            }
        }
        return Math.max(LEAST_DEVIATION, DEVIATION_OVER_MEDIAN * lowerMedian(errors));
    }

    /** Errors are in deviations, so that the guesses of the last two rows have their weight. */
    private static Line line(
            List<PlanTimings> plans,
            double[] costs,
            Line line,
            Line first,
            double deviation,
            long seen) {
        boolean all = plans.stream().allMatch(plan -> plan.plan().keepAttention());
        int rows = count(plans);
        double[][] x = new double[rows + 2][];
        double[] y = new double[rows + 2];
        int row = 0;
        for (int plan = 0; plan < costs.length; plan++) {
            double counts = all || !plans.get(plan).plan().keepAttention() ? 1 : 0;
            for (Timing timing : plans.get(plan).latest()) {
                double expected = line.at(timing);
                double measured = timing.micros() / costs[plan];
                double weight = counts
                        * Math.sqrt(huber((measured / expected - 1) / deviation)
                                * freshness(timing, seen))
                        / (expected * deviation);
                x[row] = new double[] {weight, weight * timing.tokens(), weight * timing.squares()};
                y[row] = weight * measured;
                row++;
            }
        }
        double fixed = 1 / (FIXED_DEVIATION * first.pace());
        x[rows] = new double[] {fixed, 0, 0};
        y[rows] = fixed * first.fixed();
        double square = 1 / (SQUARE_DEVIATION * first.pace());
        x[rows + 1] = new double[] {0, 0, square};
        y[rows + 1] = square * first.square();
        OLSMultipleLinearRegression regression = new OLSMultipleLinearRegression();
        regression.setNoIntercept(true);
        regression.newSampleData(y, x);
        double[] found = regression.estimateRegressionParameters();
        return new Line(
                Math.max(0, found[0]),
                Math.max(first.pace() / 100, found[1]),
                Math.max(0, found[2]));
    }

    /** Of the plan's measurements and its guess, the one that counts as much as one of them. */
    private static double cost(PlanTimings plan, Line line, double deviation, long seen) {
        double[] ratios = plan.latest().stream()
                .mapToDouble(timing -> timing.micros() / line.at(timing))
                .toArray();
        double middle = lowerMedian(ratios.clone());
        double sum = plan.cost();
        double weights = 1;
        for (int i = 0; i < ratios.length; i++) {
            double weight = huber((ratios[i] / middle - 1) / deviation)
                    * freshness(plan.latest().get(i), seen);
            sum += weight * ratios[i];
            weights += weight;
        }
        return sum / weights;
    }

    private static int count(List<PlanTimings> plans) {
        return plans.stream().mapToInt(plan -> plan.latest().size()).sum();
    }

    private static double freshness(Timing timing, long seen) {
        return 1 / (1 + (seen - timing.number()) / HALF_AGE);
    }

    private static double huber(double error) {
        double size = Math.abs(error);
        return size <= HUBER ? 1 : HUBER / size;
    }

    /** Of two in the middle the lower one: outliers are slow. */
    private static double lowerMedian(double[] values) {
        Arrays.sort(values);
        return values[(values.length - 1) / 2];
    }
}
