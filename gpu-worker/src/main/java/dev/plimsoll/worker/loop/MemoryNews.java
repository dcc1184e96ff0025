package dev.plimsoll.worker.loop;

import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.protocol.MemoryMeasures;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What there is to say of the memory: once under each generation, then whenever something has
 * changed that matters.
 */
final class MemoryNews {

    /** A change of this part of the budget is worth a report. */
    private static final int MEMORY_PART = 200;

    /** Signs of life after which the same is told again: mostly longer than a line rests. */
    private static final int TICKS_TO_REPEAT = 6;

    /** Then after twice as many, up to so many in between. */
    private static final int MOST_TICKS_TO_REPEAT = 96;

    private MemoryMeasures now;
    private MemoryMeasures told;
    private int ticks;
    private int ticksToRepeat;

    void measured(MemoryMeasures memory) {
        now = memory;
    }

    /** Nothing has been told under this generation yet. */
    void beginAnew() {
        told = null;
    }

    /**
     * What is to be told now, and counts as told; empty where nothing was measured or what can be
     * had and what is in use are as told.
     */
    Optional<MemoryMeasures> next() {
        if (now == null || told != null && !differs()) {
            return Optional.empty();
        }
        ticks = 0;
        ticksToRepeat = TICKS_TO_REPEAT;
        told = now;
        return Optional.of(now);
    }

    /**
     * With a sign of life: what was told last is told again after a while, and more and more
     * seldom. The planner raises no line that it has changed just before, so what came too early
     * for that, or was read too late together with what came before, would have no effect.
     */
    Optional<MemoryMeasures> onTick() {
        if (told == null || ++ticks < ticksToRepeat) {
            return Optional.empty();
        }
        ticks = 0;
        ticksToRepeat = Math.min(2 * ticksToRepeat, MOST_TICKS_TO_REPEAT);
        told = now;
        return Optional.of(now);
    }

    /** On one card at least: what changes on one of several may be little of them all. */
    private boolean differs() {
        List<MemoryMeasures> each = now.each();
        List<MemoryMeasures> before = told.each();
        return each.size() != before.size()
                || IntStream.range(0, each.size())
                        .anyMatch(card -> differs(before.get(card), each.get(card)));
    }

    private static boolean differs(MemoryMeasures before, MemoryMeasures now) {
        long threshold = now.budgetBytes() / MEMORY_PART;
        return Math.abs(reachable(now) - reachable(before)) > threshold
                || MemoryLine.usedMatters(before.usedBytes(), now);
    }

    private static long reachable(MemoryMeasures memory) {
        return memory.reservedBytes() + memory.freeBytes();
    }
}
