package dev.plimsoll.model.memory;

import dev.plimsoll.model.memory.Ladder.Rung;
import dev.plimsoll.model.memory.Loading.Load;
import dev.plimsoll.model.memory.Loading.Option;
import dev.plimsoll.model.memory.Loading.Planned;
import dev.plimsoll.model.memory.WideRoom.CardRoom;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * As {@link Loading}, for a worker with several cards: chooses the chunks of a micro-batch, and for
 * each card the least that it must save, so that every card stays under its own line. A card with
 * little room saves more than the others, or the chunks become smaller for all of them.
 */
public final class WideLoading {

    /** Chunks that are tried, as far as they have {@link #LEAST_CHUNK} tokens. */
    private static final int[] COUNTS = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128};

    private static final int LEAST_CHUNK = 32;

    private final PeakModel peaks;
    private final WidePlans plans;
    private final List<Rung> styles;

    WideLoading(PeakModel peaks, List<Rung> ladder) {
        this.peaks = peaks;
        this.plans = new WidePlans(peaks, ladder);
        this.styles = plans.styles();
    }

    /** Chunks, and the limit that makes them. */
    private record Cut(int pipelineTokens, Chunks chunks) {}

    /** A plan under which every card has room, and what its time is. */
    private record Candidate(MemoryPlan plan, Timed timed) {
        double time(SpeedForecast speed) {
            return speed.time(timed.plan(), timed.cost(), timed.lengths());
        }
    }

    /**
     * The load with the most tokens a second, or a neighbour of it. Its plan is the slowest card's,
     * as the {@link SpeedForecast} knows it.
     *
     * @param wantedTokens of the micro-batch: chunks bound what it needs, so it may have all of
     *     them
     * @param mostChunkTokens of a chunk of several sequences; at least 1
     * @param longestTokens of the sequences that wait
     */
    public Load choose(
            WideRoom room,
            int wantedTokens,
            int mostChunkTokens,
            int longestTokens,
            Exploration exploration) {
        List<Cut> cuts = IntStream.of(COUNTS)
                .filter(count -> count == 1 || wantedTokens / count >= LEAST_CHUNK)
                .mapToObj(count -> Chunks.equal(wantedTokens, count, longestTokens))
                .filter(chunks -> chunks.mostTokens() <= mostChunkTokens)
                .map(chunks -> new Cut(chunks.mostTokens(), chunks))
                .toList();
        List<Candidate> candidates = candidates(room, cuts, longestTokens);
        if (candidates.isEmpty()) {
            return new Load(1, Loading.FULLEST, false, List.of());
        }
        List<Option> options = options(candidates, wantedTokens);
        double[] times = times(room.speed(), candidates);
        int best = Loading.least(times);
        int taken = exploration.take(room.speed(), options, times, best);
        boolean together = isWorthPacking(
                room, wantedTokens, longestTokens, candidates.get(best), times[best]);
        return new Load(
                together ? wantedTokens : Math.max(1, Math.min(wantedTokens, longestTokens - 1)),
                options.get(taken).plan(),
                taken != best,
                options);
    }

    /**
     * Whether the longest sequence is trained with others, or alone because they would have to save
     * as much as it does.
     */
    private boolean isWorthPacking(
            WideRoom room, int wanted, int longest, Candidate best, double bestTime) {
        int chunk = best.plan().pipelineTokens();
        if (longest <= chunk) {
            return true;
        }
        Chunks alike = Chunks.of(Collections.nCopies(wanted / longest + 1, longest), longest);
        if (longest >= wanted
                || candidates(room, List.of(new Cut(longest, alike)), longest).isEmpty()) {
            return false;
        }
        List<Integer> lengths = new ArrayList<>(List.of(longest));
        for (int left = wanted - longest; left > 0; left -= chunk) {
            lengths.add(Math.min(left, chunk));
        }
        double together = leastTime(room, lengths);
        double alone = leastTime(room, List.of(longest));
        return together <= alone + bestTime * (wanted - longest) / wanted;
    }

    private double leastTime(WideRoom room, List<Integer> lengths) {
        int longest = lengths.getFirst();
        List<Cut> cut = List.of(new Cut(longest, Chunks.of(lengths, longest)));
        return candidates(room, cut, Lengths.ofTokens(lengths).meanLength()).stream()
                .mapToDouble(candidate -> candidate.time(room.speed()))
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /**
     * The fastest plan under which these sequences fit on every card, or, if they are what the load
     * allows and it explores, the load's; the fullest where none does.
     *
     * @param lengths in the sequences' order
     */
    public Planned plan(
            WideRoom room,
            Load load,
            List<Integer> lengths,
            int mostChunkTokens,
            Exploration exploration) {
        List<Candidate> candidates = candidates(
                room, cuts(lengths, mostChunkTokens), Lengths.ofTokens(lengths).meanLength());
        if (candidates.isEmpty()) {
            return new Planned(Loading.FULLEST, 0);
        }
        int tokens = lengths.stream().mapToInt(Integer::intValue).sum();
        double[] times = times(room.speed(), candidates);
        int best = Loading.least(times);
        boolean packed = tokens <= load.maxTokens();
        Optional<Candidate> tried = candidates.stream()
                .filter(candidate ->
                        packed && load.explores() && candidate.timed().plan().equals(load.plan()))
                .findFirst();
        int taken = packed
                ? best
                : exploration.takeLikely(
                        room.speed(),
                        options(candidates, tokens),
                        times,
                        times(SpeedForecast.START, candidates),
                        best);
        return new Planned(
                tried.orElse(candidates.get(taken)).plan(), bestMicros(room.speed(), candidates));
    }

    private static long bestMicros(SpeedForecast speed, List<Candidate> candidates) {
        return Math.round(candidates.stream()
                .filter(candidate -> speed.measured(candidate.timed().plan()) >= Loading.MEASURED)
                .mapToDouble(candidate -> candidate.time(speed))
                .min()
                .orElse(0));
    }

    /** For each number of chunks the limit under which the longest of them is shortest. */
    private static List<Cut> cuts(List<Integer> lengths, int mostChunkTokens) {
        int tokens = lengths.stream().mapToInt(Integer::intValue).sum();
        int longest = lengths.stream().mapToInt(Integer::intValue).max().orElseThrow();
        Map<Integer, Cut> cuts = new LinkedHashMap<>();
        for (int count : COUNTS) {
            if (count <= lengths.size()) {
                int limit = leastLimit(lengths, count, longest, tokens);
                Chunks chunks = Chunks.of(lengths, limit);
                if (chunks.mostTokens() <= Math.max(longest, mostChunkTokens)) {
                    cuts.putIfAbsent(chunks.count(), new Cut(limit, chunks));
                }
            }
        }
        cuts.putIfAbsent(lengths.size(), new Cut(longest, Chunks.of(lengths, longest)));
        return List.copyOf(cuts.values());
    }

    private static int leastLimit(List<Integer> lengths, int count, int longest, int tokens) {
        int tooFew = Math.max(longest, Math.ceilDiv(tokens, count)) - 1;
        int enough = tokens;
        while (enough - tooFew > 1) {
            int middle = tooFew + (enough - tooFew) / 2;
            if (Chunks.of(lengths, middle).count() <= count) {
                enough = middle;
            } else {
                tooFew = middle;
            }
        }
        return enough;
    }

    /**
     * The fastest of each plan that the speed forecast knows apart.
     *
     * @param length of the sequences
     */
    private List<Candidate> candidates(WideRoom room, List<Cut> cuts, long length) {
        Map<MemoryPlan, Candidate> fastest = new LinkedHashMap<>();
        double[] margins = room.cards().stream()
                .mapToDouble(card -> card.memory().margin())
                .toArray();
        for (Rung style : Loading.rungs(styles, length)) {
            for (Cut cut : cuts) {
                parts(room, margins, style, cut).ifPresent(parts -> {
                    MemoryPlan plan = plans.plan(style, cut.pipelineTokens(), parts);
                    Candidate candidate =
                            new Candidate(plan, plans.timed(room.device(), plan, cut.chunks()));
                    fastest.merge(
                            candidate.timed().plan(),
                            candidate,
                            (one, other) -> other.time(room.speed()) < one.time(room.speed())
                                    ? other
                                    : one);
                });
            }
        }
        return List.copyOf(fastest.values());
    }

    /**
     * The least that each card must save; empty where one of them has no room whatever it saves.
     */
    private Optional<List<CardPart>> parts(WideRoom room, double[] margins, Rung style, Cut cut) {
        List<CardPart> parts = new ArrayList<>();
        for (int card = 0; card < room.cards().size(); card++) {
            int layers = room.device().cards().get(card).layers();
            CardPart fitting = null;
            for (int level = 0; level <= plans.most(style) && fitting == null; level++) {
                CardPart part = CardSavings.part(level, layers);
                fitting = fits(room, card, margins[card], part, cut.chunks(), style.plan())
                        ? part
                        : null;
            }
            if (fitting == null) {
                return Optional.empty();
            }
            parts.add(fitting);
        }
        boolean recomputes = parts.stream().anyMatch(part -> part.recomputeLayers() > 0);
        return Optional.of(parts).filter(of -> recomputes || !style.plan().keepAttention());
    }

    private boolean fits(
            WideRoom room, int card, double margin, CardPart part, Chunks chunks, MemoryPlan plan) {
        CardRoom has = room.cards().get(card);
        long prior = peaks.workBytes(room.device(), card, part, chunks, plan);
        return has.memory().bound(prior, margin) <= has.bytes();
    }

    /** The most tokens up to those wanted that fit as one chunk under the fullest plan. */
    public int mostTokensFullest(WideRoom room, int wanted) {
        int fits = 0;
        int tooMany = wanted + 1;
        while (tooMany - fits > 1) {
            int middle = fits + (tooMany - fits) / 2;
            if (fitsFullest(room, middle)) {
                fits = middle;
            } else {
                tooMany = middle;
            }
        }
        return fits;
    }

    private boolean fitsFullest(WideRoom room, int tokens) {
        List<CardPart> parts = CardSavings.of(room.device(), Loading.FULLEST);
        Chunks one = Chunks.of(List.of(tokens), 0);
        return IntStream.range(0, parts.size())
                .allMatch(card -> fits(
                        room,
                        card,
                        room.cards().get(card).memory().margin(),
                        parts.get(card),
                        one,
                        Loading.FULLEST));
    }

    /** What the shape says that each card needs, in their order. */
    public List<Long> priorBytes(WorkerDevice device, List<Integer> lengths, MemoryPlan plan) {
        Chunks chunks = Chunks.of(lengths, plan.pipelineTokens());
        List<CardPart> parts = CardSavings.of(device, plan);
        return IntStream.range(0, parts.size())
                .mapToObj(card -> peaks.workBytes(device, card, parts.get(card), chunks, plan))
                .toList();
    }

    /** What the time of a micro-batch under the plan is of. */
    public Timed timed(WorkerDevice device, List<Integer> lengths, MemoryPlan plan) {
        return plans.timed(device, plan, Chunks.of(lengths, plan.pipelineTokens()));
    }

    private static List<Option> options(List<Candidate> candidates, int tokens) {
        return candidates.stream()
                .map(candidate ->
                        new Option(candidate.timed().plan(), candidate.timed().cost(), 1, tokens))
                .toList();
    }

    private static double[] times(SpeedForecast speed, List<Candidate> candidates) {
        return candidates.stream()
                .mapToDouble(candidate -> candidate.time(speed))
                .toArray();
    }
}
