package dev.plimsoll.model.memory;

import dev.plimsoll.model.memory.Ladder.Rung;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Chooses tokens and memory plan together, so that the micro-batch stays under a line and the
 * worker trains most tokens a second. Now and then it takes a neighbour of the best plan instead
 * ({@link Exploration}), so that what is believed of plans is measured again.
 */
public final class Loading {

    /**
     * Every layer recomputed and offloaded, small tiles and chunks, one group a key-value head: the
     * last resort.
     */
    public static final MemoryPlan FULLEST = Ladder.FULLEST;

    /** Nothing is recomputed. */
    public static final MemoryPlan ROOMY = new MemoryPlan(0, 1024, 0);

    /**
     * Plans that keep attention are for sequences of so many tokens: a shorter one spends less than
     * an eighth of its time in attention, and other plans save more with the memory.
     */
    static final int KEEP_FROM_TOKENS = 4096;

    /** A plan with fewer measurements is not taken for the best measured one. */
    static final int MEASURED = 3;

    /** A trial has at most so many times the tokens of the best measured plan. */
    private static final int TRIED = 4;

    /**
     * What a worker may be given.
     *
     * @param maxTokens that fit under the plan; a longer single sequence goes alone
     * @param options what else was open to it, with the tokens that fit
     */
    public record Load(int maxTokens, MemoryPlan plan, boolean explores, List<Option> options) {
        public Load {
            options = List.copyOf(options);
        }
    }

    /**
     * A plan and the most tokens that fit under it, at least 1.
     *
     * @param cost of a token before anything is measured, 1 under the roomiest plan
     * @param attention of a square, in parts of that
     */
    public record Option(MemoryPlan plan, double cost, double attention, int tokens) {}

    /**
     * How a micro-batch is to be trained.
     *
     * @param bestMicros what as many tokens of these lengths take under the plan that was measured
     *     as the fastest of those that are open to it; 0 while none was measured
     */
    public record Planned(MemoryPlan plan, long bestMicros) {}

    private final PeakModel peaks;
    private final List<Rung> ladder;
    private final WideLoading wide;

    public Loading(PeakModel peaks) {
        this(peaks, Ladder.of(peaks.layers()));
    }

    /** @param ladder what may be chosen on one card */
    Loading(PeakModel peaks, List<Rung> ladder) {
        this.peaks = peaks;
        this.ladder = ladder;
        this.wide = new WideLoading(peaks, ladder);
    }

    /** Of the model. */
    public int layers() {
        return peaks.layers();
    }

    /** For workers with several cards. */
    public WideLoading wide() {
        return wide;
    }

    /**
     * The load with the most tokens a second, or a neighbour of it. A neighbour, and a plan that is
     * only thought to be the best, is tried with less than fits.
     *
     * @param wantedTokens more are of no use; at least 1
     * @param longestTokens of the sequences that wait: packed sequences are no longer
     */
    public Load choose(Room room, int wantedTokens, int longestTokens, Exploration exploration) {
        List<Option> options = new ArrayList<>();
        double margin = room.memory().margin();
        for (Rung rung : rungs(ladder, longestTokens)) {
            int tokens = mostTokens(room, margin, wantedTokens, rung.plan());
            if (tokens > 0) {
                options.add(option(rung, tokens));
            }
        }
        if (options.isEmpty()) {
            return new Load(1, FULLEST, false, List.of());
        }
        double[] times = options.stream()
                .mapToDouble(option -> timeOfToken(room.speed(), option, longestTokens))
                .toArray();
        Option best = options.get(least(times));
        Option taken =
                options.get(exploration.take(room.speed(), options, times, options.indexOf(best)));
        OptionalInt known = mostKnown(room.speed(), options, times);
        boolean tries =
                taken != best || known.isPresent() && room.speed().measured(best.plan()) < MEASURED;
        int tried = tries ? mostTokens(room.ofTrials(), margin, taken.tokens(), taken.plan()) : 0;
        if (tried == 0) {
            return new Load(best.tokens(), best.plan(), false, options);
        }
        return new Load(
                known.isPresent() ? Math.min(tried, TRIED * known.getAsInt()) : tried,
                taken.plan(),
                true,
                options);
    }

    /** Tokens under the fastest plan of those that were measured. */
    private static OptionalInt mostKnown(
            SpeedForecast speed, List<Option> options, double[] times) {
        return IntStream.range(0, times.length)
                .filter(i -> speed.measured(options.get(i).plan()) >= MEASURED)
                .boxed()
                .min(Comparator.comparingDouble(i -> times[i]))
                .map(i -> OptionalInt.of(options.get(i).tokens()))
                .orElse(OptionalInt.empty());
    }

    /**
     * The fastest plan under which these sequences fit, or, if they are what the load allows and it
     * explores, the load's; the fullest where none does.
     */
    public Planned plan(Room room, Load load, Lengths lengths, Exploration exploration) {
        List<Option> options = fitting(room, lengths);
        boolean packed = lengths.tokens() <= load.maxTokens();
        MemoryPlan plan = FULLEST;
        if (packed && load.explores()) {
            plan = load.plan();
        } else if (!options.isEmpty()) {
            Option best = options.get(least(times(room.speed(), options, lengths)));
            plan = (packed ? best : likely(room, options, best, lengths, exploration)).plan();
        }
        return new Planned(
                plan, bestMicros(room.speed(), packed ? load.options() : options, lengths));
    }

    /** The best, or another for a sequence that goes alone. */
    private Option likely(
            Room room,
            List<Option> options,
            Option best,
            Lengths lengths,
            Exploration exploration) {
        List<Option> open = options.stream()
                .filter(option -> option == best
                        || fits(
                                room.ofTrials(),
                                room.memory().margin(),
                                lengths.tokens(),
                                option.plan()))
                .toList();
        return open.get(exploration.takeLikely(
                room.speed(),
                open,
                times(room.speed(), open, lengths),
                times(SpeedForecast.START, open, lengths),
                open.indexOf(best)));
    }

    /** Of many such micro-batches, each with as many tokens as its plan allows. */
    private static long bestMicros(SpeedForecast speed, List<Option> options, Lengths lengths) {
        return Math.round(options.stream()
                .filter(option -> speed.measured(option.plan()) >= MEASURED)
                .mapToDouble(option -> time(speed, option, lengths.scaledTo(option.tokens()))
                        / option.tokens()
                        * lengths.tokens())
                .min()
                .orElse(0));
    }

    private List<Option> fitting(Room room, Lengths lengths) {
        double margin = room.memory().margin();
        return rungs(ladder, lengths.meanLength()).stream()
                .filter(rung -> fits(room, margin, lengths.tokens(), rung.plan()))
                .map(rung -> option(rung, lengths.tokens()))
                .toList();
    }

    /** Those that are worth a look for sequences of that length. */
    static List<Rung> rungs(List<Rung> all, long length) {
        return length >= KEEP_FROM_TOKENS
                ? all
                : all.stream().filter(rung -> !rung.plan().keepAttention()).toList();
    }

    private static Option option(Rung rung, int tokens) {
        return new Option(rung.plan(), rung.cost(), rung.attention(), tokens);
    }

    private static double timeOfToken(SpeedForecast speed, Option option, int longestTokens) {
        long longest = Math.min(longestTokens, option.tokens());
        return time(speed, option, new Lengths(option.tokens(), option.tokens() * longest))
                / option.tokens();
    }

    private static double[] times(SpeedForecast speed, List<Option> options, Lengths lengths) {
        return options.stream()
                .mapToDouble(option -> time(speed, option, lengths))
                .toArray();
    }

    private static double time(SpeedForecast speed, Option option, Lengths lengths) {
        return speed.time(option.plan(), option.cost(), lengths.withAttention(option.attention()));
    }

    static int least(double[] times) {
        int best = 0;
        for (int i = 1; i < times.length; i++) {
            best = times[i] < times[best] ? i : best;
        }
        return best;
    }

    /** What a token costs under a plan before anything is measured, 1 under the roomiest. */
    public double cost(MemoryPlan plan) {
        return rung(plan).cost();
    }

    private Rung rung(MemoryPlan plan) {
        return ladder.stream()
                .filter(rung -> rung.plan().equals(plan))
                .findFirst()
                .orElse(Rung.recomputing(plan, 1));
    }

    /**
     * All that may be chosen, from the fastest to the leanest by what is known before measuring.
     */
    public List<MemoryPlan> plans() {
        return ladder.stream().map(Rung::plan).toList();
    }

    /**
     * What the time of a micro-batch under the plan is of.
     *
     * @param lengths of its sequences, in their order
     */
    public Timed timed(WorkerDevice device, List<Integer> lengths, MemoryPlan plan) {
        return device.cards().isEmpty()
                ? timed(Lengths.ofTokens(lengths), plan)
                : wide.timed(device, lengths, plan);
    }

    /** The same on one card. */
    public Timed timed(Lengths lengths, MemoryPlan plan) {
        Rung rung = rung(plan);
        return new Timed(plan, rung.cost(), lengths.withAttention(rung.attention()));
    }

    /**
     * What the shape says that each card of the worker needs for these sequences, in the order of
     * its cards.
     *
     * @param lengths of the sequences, in their order
     */
    public List<Long> priorBytes(WorkerDevice device, List<Integer> lengths, MemoryPlan plan) {
        return device.cards().isEmpty()
                ? List.of(priorBytes(device, Lengths.ofTokens(lengths).tokens(), plan))
                : wide.priorBytes(device, lengths, plan);
    }

    /** What the shape says a micro-batch needs. */
    public long priorBytes(WorkerDevice device, int tokens, MemoryPlan plan) {
        return peaks.workBytes(device, tokens, plan);
    }

    /** The most tokens up to those wanted that fit under the plan; 0 when none do. */
    public int mostTokens(Room room, int wanted, MemoryPlan plan) {
        return mostTokens(room, room.memory().margin(), wanted, plan);
    }

    /** By halves: need grows with tokens. */
    private int mostTokens(Room room, double margin, int wanted, MemoryPlan plan) {
        if (fits(room, margin, wanted, plan)) {
            return wanted;
        }
        int fits = 0;
        int tooMany = wanted;
        while (tooMany - fits > 1) {
            int middle = fits + (tooMany - fits) / 2;
            if (fits(room, margin, middle, plan)) {
                fits = middle;
            } else {
                tooMany = middle;
            }
        }
        return fits;
    }

    private boolean fits(Room room, double margin, int tokens, MemoryPlan plan) {
        long prior = peaks.workBytes(room.device(), tokens, plan);
        return room.memory().bound(prior, margin) <= room.bytes();
    }
}
