package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryMeasures;

import java.util.Optional;

/**
 * A worker's line: how many bytes its live tensors may have at most, now.
 *
 * @param usedBytes between micro-batches: weights, adapter, gradients
 * @param lineBytes the most that a micro-batch's peak may reach
 * @param changedAtMillis by the planner's clock
 */
public record MemoryLine(long usedBytes, long lineBytes, long changedAtMillis) {

    /** Of the budget, kept free: allocators round up, and forecasts are of live bytes. */
    static final int RESERVE_PART = 64;

    private static final int LOWER_PART = 200;
    private static final int RAISE_PART = 50;
    private static final int ROOM_PART = 50;
    private static final int LEAST_PART = 2_000;
    /**
     * A line is raised no sooner than this after its last change, so that what flickers does not.
     */
    static final long RAISE_AFTER_MILLIS = 2_000;

    /** A change of the line and its reason. */
    public record Change(MemoryLine line, String note) {}

    /** Of a budget, left to others and to what forecasts do not see. */
    public static long reserveBytes(long budgetBytes) {
        return budgetBytes / RESERVE_PART;
    }

    /**
     * What an allocator may keep between micro-batches, so that others find the reserve free: the
     * rest goes back to the card. Others who came since the last reading and found less free than
     * the reserve are left as much again.
     *
     * @param before the reading at the rest before; all 0 where there was none
     */
    public static long keepBytes(MemoryMeasures before, MemoryMeasures now) {
        return keepBytes(before, now, 0);
    }

    /**
     * The same under a cap, above which nothing is kept.
     *
     * @param capBytes 0: no cap
     */
    public static long keepBytes(MemoryMeasures before, MemoryMeasures now, long capBytes) {
        long came = before.budgetBytes() > 0
                ? Math.max(0, now.othersBytes() - before.othersBytes())
                : 0;
        long line = now.reservedBytes() + now.freeBytes() - reserveBytes(now.budgetBytes());
        long keep = crowded(now) && matters(came, now) ? line - came : line;
        return Math.max(now.usedBytes(), capBytes > 0 ? Math.min(keep, capped(capBytes)) : keep);
    }

    /** The line of a card of which so many bytes are for the worker, all of them free. */
    private static long capped(long capBytes) {
        return capBytes - reserveBytes(capBytes);
    }

    /**
     * This line, or the one under the cap where that is lower.
     *
     * @param capBytes 0: no cap
     */
    public MemoryLine under(long capBytes) {
        return capBytes <= 0 || capped(capBytes) >= lineBytes
                ? this
                : new MemoryLine(usedBytes, capped(capBytes), changedAtMillis);
    }

    /** The least cap under which so many bytes lie below the line. */
    public static long leastCap(long bytes) {
        long cap = Math.max(1, bytes + bytes / (RESERVE_PART - 1) - 2);
        while (capped(cap) < bytes) {
            cap++;
        }
        return cap;
    }

    /** For a micro-batch, beyond what is in use. */
    public long roomBytes() {
        return Math.max(0, lineBytes - usedBytes);
    }

    /** What a reading makes of a line; empty where nothing that matters has changed. */
    public static Optional<Change> after(
            Optional<MemoryLine> before, MemoryMeasures now, long nowMillis) {
        long reachable = Math.min(now.reservedBytes() + now.freeBytes(), now.budgetBytes());
        long line = reachable - reserveBytes(now.budgetBytes());
        if (now.budgetBytes() <= 0 || line <= 0) {
            return Optional.empty();
        }
        MemoryLine next = new MemoryLine(now.usedBytes(), line, nowMillis);
        if (before.isEmpty()) {
            return Optional.of(new Change(
                    next, "first read: " + text(line) + " of " + text(now.budgetBytes())));
        }
        MemoryLine old = before.get();
        long lowered = old.lineBytes() - line;
        if (matters(lowered, now)) {
            return Optional.of(lowered(next, lowered, now));
        }
        boolean clockWasSetBack = nowMillis < old.changedAtMillis();
        boolean rested = clockWasSetBack || nowMillis - old.changedAtMillis() >= RAISE_AFTER_MILLIS;
        if (-lowered > now.budgetBytes() / RAISE_PART && rested) {
            return Optional.of(new Change(
                    next, "others hold " + text(now.othersBytes()) + ": up to " + text(line)));
        }
        if (usedMatters(old.usedBytes(), now)) {
            MemoryLine same = new MemoryLine(
                    now.usedBytes(), Math.min(line, old.lineBytes()), old.changedAtMillis());
            return Optional.of(
                    new Change(same, "at rest it uses " + text(now.usedBytes()) + " now"));
        }
        return Optional.empty();
    }

    /**
     * Who takes memory until the card is full wants more: half the room at most, or as much again,
     * is left to them beforehand.
     */
    private static Change lowered(MemoryLine next, long lowered, MemoryMeasures now) {
        String others = "others hold " + text(now.othersBytes());
        if (!crowded(now)) {
            return new Change(next, others + ": down to " + text(next.lineBytes()));
        }
        long line = next.lineBytes() - Math.min(lowered, next.roomBytes() / 2);
        MemoryLine lower = new MemoryLine(next.usedBytes(), line, next.changedAtMillis());
        return new Change(
                lower,
                others + " and the card is full: down to " + text(line) + ", for more of them");
    }

    private static boolean crowded(MemoryMeasures now) {
        return now.freeBytes() < reserveBytes(now.budgetBytes());
    }

    /**
     * Whether a worker's own use has changed by what matters: by a 50th of the room that it leaves,
     * which on a card that others fill is little, but no less than a 2,000th of the budget, and at
     * any rate by a 200th of that.
     */
    public static boolean usedMatters(long usedBefore, MemoryMeasures now) {
        long room = now.reservedBytes() + now.freeBytes() - now.usedBytes();
        long least = Math.clamp(
                room / ROOM_PART, now.budgetBytes() / LEAST_PART, now.budgetBytes() / LOWER_PART);
        return Math.abs(now.usedBytes() - usedBefore) > least;
    }

    private static boolean matters(long bytes, MemoryMeasures now) {
        return bytes > now.budgetBytes() / LOWER_PART;
    }

    /** As people are told it. */
    public static String text(long bytes) {
        return bytes >= 10L << 30 ? (bytes >> 30) + " GiB" : (bytes >> 20) + " MiB";
    }
}
