package dev.plimsoll.model.memory;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.ArrayList;
import java.util.List;

/**
 * What micro-batches under each memory plan took on one kind of card. It holds the last
 * measurements of each plan, and {@link SpeedFit} draws the forecast from them when somebody asks.
 * So learning costs nothing, an outlier leaves with its window, and the same measurements give the
 * same forecast to the bit. Immutable.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.NONE,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class SpeedForecast {

    /** The first micro-batches load kernels and grow the pool. */
    static final int WARM_UP = 2;

    public static final SpeedForecast START = new SpeedForecast(List.of(), 0);

    /** In the order in which they were first measured. */
    @JsonProperty
    private final List<PlanTimings> plans;

    @JsonProperty
    private final long seen;

    /** Follows from the plans; whoever asks first computes it, and all compute the same. */
    private volatile SpeedFit fit;

    /** @param plans none in the snapshots of earlier versions, which drew one line for all */
    @JsonCreator
    SpeedForecast(
            @JsonProperty("plans") @AddedLater("[]") List<PlanTimings> plans,
            @JsonProperty("seen") long seen) {
        this.plans = List.copyOf(plans);
        this.seen = seen;
    }

    /** Micro-batches that were learned from, those of the warm-up too. */
    public long seen() {
        return seen;
    }

    /** Measurements under the plan that the forecast still holds. */
    public int measured(MemoryPlan plan) {
        return plans.stream()
                .filter(timings -> timings.plan().equals(plan))
                .mapToInt(timings -> timings.latest().size())
                .sum();
    }

    /** The number of the last micro-batch that was measured under the plan; -1 for none. */
    long lastMeasured(MemoryPlan plan) {
        return plans.stream()
                .filter(timings -> timings.plan().equals(plan))
                .mapToLong(timings -> timings.latest().getLast().number())
                .max()
                .orElse(-1);
    }

    /** The likeliest time of a micro-batch; 0 while nothing is known. */
    public long expectedMicros(MemoryPlan plan, double cost, Lengths lengths) {
        return plans.isEmpty() ? 0 : Math.round(time(plan, cost, lengths));
    }

    /**
     * The likeliest time, to be compared with others of this forecast: in microseconds, or in
     * tokens of an unknown pace while nothing is measured.
     *
     * @param cost of a token under the plan before anything is measured, 1 under the roomiest
     */
    double time(MemoryPlan plan, double cost, Lengths lengths) {
        return fit().time(plan, cost, lengths);
    }

    SpeedFit fit() {
        SpeedFit known = fit;
        if (known == null) {
            known = SpeedFit.of(plans, seen);
            fit = known;
        }
        return known;
    }

    /** @param cost as in {@link #time} */
    public SpeedForecast learn(MemoryPlan plan, double cost, Lengths lengths, long micros) {
        if (micros <= 0) {
            return this;
        }
        if (seen < WARM_UP) {
            return new SpeedForecast(plans, seen + 1);
        }
        Timing timing = new Timing(lengths.tokens(), lengths.squares(), micros, seen);
        List<PlanTimings> learned = new ArrayList<>(plans);
        int known = 0;
        while (known < plans.size() && !plans.get(known).plan().equals(plan)) {
            known++;
        }
        if (known < plans.size()) {
            learned.set(known, plans.get(known).with(timing));
        } else {
            learned.add(new PlanTimings(plan, cost, List.of(timing)));
        }
        return new SpeedForecast(learned, seen + 1);
    }
}
