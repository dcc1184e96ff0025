package dev.plimsoll.model.memory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Corrects the {@link PeakModel} by what micro-batches really needed: work = scale · prior +
 * offset, by {@link AffineFit}, with a margin that is the empirical quantile of the forecast's own
 * errors (split conformal prediction, Vovk et al. 2005), plus something for what few errors cannot
 * show.
 *
 * <p>One for all workers with the same kind of card: who joins later begins with what the others
 * have learned.
 *
 * @param fit of the work, in MiB, to the prior
 * @param ratios work over its forecast, the latest last, at most {@link #WINDOW}
 * @param seen micro-batches that were learned from
 */
public record MemoryForecast(AffineFit fit, List<Double> ratios, long seen) {

    static final int WINDOW = 256;
    /** The part of micro-batches that may need more than the bound. */
    static final double MISS = 0.005;
    /**
     * Added to the margin, over 1 + seen: a quarter before anything is known, a hundredth after 24.
     */
    static final double INEXPERIENCE = 0.25;

    /**
     * The first errors are the prior's, not the forecast's, and would stay in the window: this many
     * are not kept.
     */
    static final int WARM_UP = 4;

    /**
     * A forecast that is wrong by more was of a micro-batch that is small beside an offset which is
     * not known yet, or of one that a neighbour's short peak refused. As an error it would make a
     * margin that nothing fits.
     */
    static final int MOST_RATIO = 4;

    /**
     * The fit takes a need for no more than so many times the forecast, nor for less than that part
     * of it: one far point at a small prior would turn the line over. A need that is really so far
     * away is met by the margin at once, and by the fit in time.
     */
    private static final double MOST_STEP = 1.5;

    private static final double MIB = 1 << 20;
    /**
     * Before anything is seen the scale may be wrong by 20 %, the offset by 32 MiB; what remains is
     * a percent.
     */
    public static final MemoryForecast START =
            new MemoryForecast(AffineFit.start(1, 0, 0.2, 32, 0.01), List.of(), 0);

    public MemoryForecast {
        ratios = List.copyOf(ratios);
    }

    /** The likeliest need. */
    public long expected(long priorBytes) {
        return Math.max(1, Math.round(fit.at(priorBytes / MIB) * MIB));
    }

    /** What is not exceeded but by {@link #MISS} of the micro-batches. */
    public long bound(long priorBytes) {
        return bound(priorBytes, margin());
    }

    /** The same for who asks often: the margin takes longer than the rest. */
    long bound(long priorBytes, double margin) {
        return (long) Math.ceil(expected(priorBytes) * margin);
    }

    /** The factor from the likeliest need to the bound. */
    public double margin() {
        return Math.max(1, quantile()) + INEXPERIENCE / (1 + seen);
    }

    /**
     * The smallest ratio that no more than the missed part of new ones exceeds; the largest where
     * too few are known.
     */
    private double quantile() {
        if (ratios.isEmpty()) {
            return 1;
        }
        List<Double> sorted = new ArrayList<>(ratios);
        Collections.sort(sorted);
        int rank = (int) Math.ceil((sorted.size() + 1) * (1 - MISS));
        return sorted.get(Math.min(rank, sorted.size()) - 1);
    }

    /** After a micro-batch of that prior needed {@code workBytes}. */
    public MemoryForecast learn(long priorBytes, long workBytes) {
        if (priorBytes <= 0 || workBytes <= 0) {
            return this;
        }
        long expected = expected(priorBytes);
        double ratio = (double) workBytes / expected;
        List<Double> latest = seen < WARM_UP || ratio > MOST_RATIO ? ratios : withLast(ratio);
        double need = seen < WARM_UP
                ? workBytes
                : Math.clamp((double) workBytes, expected / MOST_STEP, expected * MOST_STEP);
        return new MemoryForecast(fit.learn(priorBytes / MIB, need / MIB), latest, seen + 1);
    }

    /** Copied once: every replay of every micro-batch does it. */
    private List<Double> withLast(double ratio) {
        int first = Math.max(0, ratios.size() + 1 - WINDOW);
        int kept = ratios.size() - first;
        Double[] latest = ratios.subList(first, ratios.size()).toArray(new Double[kept + 1]);
        latest[kept] = ratio;
        return List.of(latest);
    }
}
