package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.ArrayList;
import java.util.List;

/**
 * Chooses tokens and memory plan together, so that the micro-batch stays under a line and the
 * worker trains most tokens a second.
 */
public final class Loading {

    /**
     * Every layer recomputed and offloaded, small tiles and chunks, one group a key-value head: the
     * last resort.
     */
    public static final MemoryPlan FULLEST =
            new MemoryPlan(MemoryPlan.ALL_LAYERS, 256, 1024, MemoryPlan.ALL_LAYERS, 64);

    /** Nothing is recomputed. */
    public static final MemoryPlan ROOMY = new MemoryPlan(0, 1024, 0);

    /**
     * A plan and what a token costs under it.
     *
     * @param cost of a token, 1 under the roomiest plan
     */
    record Rung(MemoryPlan plan, double cost) {}

    /**
     * What a worker may be given.
     *
     * @param maxTokens that fit under the plan; a longer single sequence goes alone
     */
    public record Load(int maxTokens, MemoryPlan plan) {}

    private static final int STEPS = 8;
    private static final int CHUNK = 1024;
    private final PeakModel peaks;
    private final List<Rung> ladder;

    public Loading(PeakModel peaks) {
        this.peaks = peaks;
        this.ladder = ladder(peaks.layers());
    }

    /**
     * From the fastest plan to the leanest. Costs as one H100 showed them for Llama-8B; their order
     * is what matters.
     */
    private static List<Rung> ladder(int layers) {
        List<Rung> ladder = new ArrayList<>();
        int last = -1;
        for (int step = 0; step <= STEPS; step++) {
            int recomputed = Math.ceilDiv(layers * step, STEPS);
            if (recomputed > last) {
                ladder.add(new Rung(
                        new MemoryPlan(recomputed, CHUNK, 0), 1 + 0.32 * recomputed / layers));
                last = recomputed;
            }
        }
        int all = MemoryPlan.ALL_LAYERS;
        ladder.add(new Rung(new MemoryPlan(all, CHUNK, 2048), 1.36));
        ladder.add(new Rung(new MemoryPlan(all, CHUNK, 2048, all, 1), 1.45));
        ladder.add(new Rung(new MemoryPlan(all, CHUNK, 2048, all, 2), 1.6));
        ladder.add(new Rung(new MemoryPlan(all, CHUNK, 2048, all, 4), 1.7));
        ladder.add(new Rung(FULLEST, 2));
        return List.copyOf(ladder);
    }

    /**
     * The load with the most tokens a second.
     *
     * @param wantedTokens more are of no use; at least 1
     */
    public Load choose(
            WorkerDevice device,
            MemoryForecast forecast,
            SpeedForecast speed,
            long roomBytes,
            int wantedTokens) {
        Load best = null;
        double bestRate = 0;
        for (Rung rung : ladder) {
            int tokens = mostTokens(device, forecast, roomBytes, wantedTokens, rung.plan());
            double rate = tokens / (speed.overhead() + tokens * rung.cost());
            if (rate > bestRate) {
                best = new Load(tokens, rung.plan());
                bestRate = rate;
            }
        }
        return best == null ? new Load(1, FULLEST) : best;
    }

    /** What a token costs under a plan, 1 under the roomiest. */
    public double cost(MemoryPlan plan) {
        return ladder.stream()
                .filter(rung -> rung.plan().equals(plan))
                .mapToDouble(Rung::cost)
                .findFirst()
                .orElse(1);
    }

    /** The fastest plan under which so many tokens fit; the fullest where none does. */
    public MemoryPlan planFor(
            WorkerDevice device, MemoryForecast forecast, long roomBytes, int tokens) {
        return ladder.stream()
                .map(Rung::plan)
                .filter(plan -> forecast.bound(peaks.workBytes(device, tokens, plan)) <= roomBytes)
                .findFirst()
                .orElse(FULLEST);
    }

    /** What the shape says a micro-batch needs. */
    public long priorBytes(WorkerDevice device, int tokens, MemoryPlan plan) {
        return peaks.workBytes(device, tokens, plan);
    }

    /**
     * The most tokens up to those wanted that fit under the plan; 0 when none do. By halves: need
     * grows with tokens.
     */
    public int mostTokens(
            WorkerDevice device, MemoryForecast forecast, long room, int wanted, MemoryPlan plan) {
        int fits = 0;
        int tooMany = wanted + 1;
        while (tooMany - fits > 1) {
            int middle = fits + (tooMany - fits) / 2;
            if (forecast.bound(peaks.workBytes(device, middle, plan)) <= room) {
                fits = middle;
            } else {
                tooMany = middle;
            }
        }
        return fits;
    }
}
