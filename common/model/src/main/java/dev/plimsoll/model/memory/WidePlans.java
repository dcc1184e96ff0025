package dev.plimsoll.model.memory;

import dev.plimsoll.model.memory.Ladder.Rung;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.ArrayList;
import java.util.List;

/**
 * Memory plans of workers with several cards: a rung of the {@link Ladder} gives tiles, groups and
 * the head's chunk, and each card has a part of its own. What is learned of their time is learned
 * of the slowest card.
 */
final class WidePlans {

    /**
     * What a chunk costs on a card besides its tokens, in tokens: its launches, as those of a
     * micro-batch on one card.
     */
    static final int CHUNK_TOKENS = (int) SpeedFit.FIRST_FIXED;

    private final PeakModel peaks;
    private final List<Rung> ladder;

    WidePlans(PeakModel peaks, List<Rung> ladder) {
        this.peaks = peaks;
        this.ladder = ladder;
    }

    /**
     * One rung for each choice of tiles, groups, the head's chunk and whether attention is kept:
     * the leanest of each.
     */
    List<Rung> styles() {
        List<Rung> styles = new ArrayList<>();
        for (Rung rung : ladder.reversed()) {
            if (styles.stream().noneMatch(style -> isAlike(style.plan(), rung.plan()))) {
                styles.addFirst(rung);
            }
        }
        return styles;
    }

    /** The most that a card may save under a rung. */
    int most(Rung rung) {
        return CardSavings.level(
                new CardPart(rung.plan().recomputeLayers(), rung.plan().offloadLayers()),
                peaks.layers());
    }

    MemoryPlan plan(Rung style, int pipelineTokens, List<CardPart> parts) {
        MemoryPlan like = style.plan();
        return new MemoryPlan(
                0,
                like.headChunkTokens(),
                like.mlpTileTokens(),
                0,
                like.attentionGroups(),
                pipelineTokens,
                parts,
                like.keepAttention());
    }

    /**
     * A pipeline is as fast as its slowest card: that one computes every chunk, and waits while the
     * longest one passes the other cards at the beginning and the end. Of C equal chunks on S cards
     * it takes the time of C + S − 1 (Huang et al. 2019, GPipe).
     */
    Timed timed(WorkerDevice device, MemoryPlan plan, Chunks chunks) {
        List<CardPart> parts = CardSavings.of(device, plan);
        Rung style = ladder.stream()
                .filter(rung -> isAlike(rung.plan(), plan))
                .findFirst()
                .orElse(ladder.getFirst());
        double extra = style.cost() - CardSavings.cost(most(style));
        double all = 0;
        double slowest = 0;
        double share = 0;
        int level = 0;
        for (int i = 0; i < parts.size(); i++) {
            WorkerCard card = device.cards().get(i);
            int saves = CardSavings.level(parts.get(i), card.layers());
            double weight = card.layers() + (card.head() ? peaks.headLayers() : 0);
            double time = weight * (CardSavings.cost(saves) + extra);
            all += weight;
            if (time > slowest) {
                slowest = time;
                share = weight;
                level = saves;
            }
        }
        Rung rung = rung(style, level);
        Lengths lengths = lengths(chunks, share / all, parts.size() - 1);
        return new Timed(rung.plan(), rung.cost(), lengths.withAttention(rung.attention()));
    }

    /**
     * That of the style which saves as much, or the leanest. Where nothing is recomputed nothing of
     * attention is saved.
     */
    private Rung rung(Rung style, int level) {
        MemoryPlan like = level == 0 ? style.plan().withKeepAttention(false) : style.plan();
        Rung found = style;
        for (Rung rung : ladder) {
            if (isAlike(rung.plan(), like)) {
                found = rung;
                if (most(rung) >= level) {
                    return found;
                }
            }
        }
        return found;
    }

    /** @param share of the whole model's work that the slowest card does */
    private static Lengths lengths(Chunks chunks, double share, int waits) {
        double tokens = 0;
        double squares = 0;
        double mostSquares = 0;
        for (Lengths chunk : chunks.each()) {
            tokens += chunk.tokens() + CHUNK_TOKENS;
            squares += chunk.squares();
            mostSquares = Math.max(mostSquares, chunk.squares());
        }
        tokens += waits * (double) (chunks.mostTokens() + CHUNK_TOKENS);
        squares += waits * mostSquares;
        int of = (int) Math.max(1, Math.round(share * tokens));
        return new Lengths(of, Math.max(of, Math.round(share * squares)));
    }

    private static boolean isAlike(MemoryPlan one, MemoryPlan other) {
        return one.headChunkTokens() == other.headChunkTokens()
                && one.mlpTileTokens() == other.mlpTileTokens()
                && one.attentionGroups() == other.attentionGroups()
                && one.keepAttention() == other.keepAttention();
    }
}
