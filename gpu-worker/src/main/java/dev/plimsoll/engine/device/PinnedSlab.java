package dev.plimsoll.engine.device;

import java.util.ArrayList;
import java.util.List;

/**
 * Pinned host memory as one row of bytes, made of blocks. It grows by blocks and keeps those that
 * it has, so no byte is pinned twice. Each block is asked for by itself: the system holds every
 * other thread of the process up while it pins, and a worker that is silent for longer than a lease
 * is counted as lost.
 */
final class PinnedSlab implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(PinnedSlab.class.getName());

    static final long MOST_OF_A_BLOCK = 128L << 20;
    private static final long PAGE = 1L << 20;

    /** Who pins. */
    interface Pins {
        /**
         * The address of so many bytes; an {@link IllegalStateException} where the system refuses.
         */
        long pin(long bytes);

        void unpin(long address);

        /** What the machine or its container has, without swapping. */
        long availableBytes();
    }

    /** Told of a part of a range that lies in one block. */
    @FunctionalInterface
    interface Piece {
        /** @param from of the range's beginning */
        void at(long address, long from, long bytes);
    }

    private record Block(long address, long start, long bytes) {}

    private final Pins pins;
    private final List<Block> blocks = new ArrayList<>();
    private long bytes;

    PinnedSlab(Pins pins) {
        this.pins = pins;
    }

    long bytes() {
        return bytes;
    }

    /**
     * Grows to at least so many bytes; a {@link HostFullException} where the machine lacks them.
     */
    void require(long wanted) {
        long missing = wanted - bytes;
        if (missing > pins.availableBytes()) {
            throw full(
                    missing,
                    "this machine or its container has " + pins.availableBytes() + " available");
        }
        grow(wanted, 1);
        if (bytes < wanted) {
            throw full(wanted - bytes, "others took what was there");
        }
    }

    /**
     * Grows to so many bytes, as far as that takes no more than a part of what the machine has, and
     * the system lets it: nobody needs them yet.
     *
     * @param part 2 for half of it
     */
    void growWithin(long wanted, int part) {
        long before = bytes;
        try {
            grow(wanted, part);
        } catch (HostFullException e) {
            LOG.log(System.Logger.Level.WARNING, "{0}", e.getMessage());
        }
        if (bytes > before) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0} MiB of host memory are pinned for what layers leave there",
                    bytes >> 20);
        }
    }

    /**
     * Grows to a quarter more than was needed so far, as {@link #growWithin}.
     *
     * @param most that the longest sequence will need, and no more than that is taken; packed
     *     micro-batches may have needed more already
     */
    void growAhead(long needed, long most, int part) {
        long ahead = needed + needed / 4;
        growWithin(needed > most ? ahead : Math.min(ahead, most), part);
    }

    /**
     * Grows to so many bytes if that takes no more than a part of what the machine has, and the
     * system lets it.
     *
     * @param part 2 for half of it
     * @return whether it has so many now
     */
    boolean requireWithin(long wanted, int part) {
        if (wanted - bytes > pins.availableBytes() / part) {
            return false;
        }
        try {
            grow(wanted, part);
            return bytes >= wanted;
        } catch (HostFullException e) {
            LOG.log(System.Logger.Level.WARNING, "{0}", e.getMessage());
            return false;
        }
    }

    /**
     * As far as it takes no more than a part of what the machine would have without it: asked
     * before each block, since others of the machine may take theirs at the same time.
     */
    private void grow(long wanted, int part) {
        long before = bytes;
        while (bytes < wanted) {
            long taken = bytes - before;
            long most = ((pins.availableBytes() + taken) / part - taken) / PAGE * PAGE;
            long missing = Math.ceilDiv(wanted - bytes, PAGE) * PAGE;
            long next = Math.min(MOST_OF_A_BLOCK, Math.min(missing, most));
            if (next < PAGE) {
                return;
            }
            long address;
            try {
                address = pins.pin(next);
            } catch (IllegalStateException e) {
                HostFullException full =
                        full(wanted - bytes, "the system refused it: " + e.getMessage());
                full.initCause(e);
                throw full;
            }
            blocks.add(new Block(address, bytes, next));
            bytes += next;
        }
    }

    /** Pinned memory cannot be swapped out: beyond what is there the system would end processes. */
    private static HostFullException full(long wanted, String why) {
        return new HostFullException(
                "what layers leave in host memory needs " + wanted
                        + " more bytes of pinned host memory, and " + why
                        + "; allow shorter sequences (max-sequence-tokens) or give the machine or "
                        + "the container more memory",
                wanted);
    }

    /** The pieces of a range of the slab, in order. */
    void pieces(long start, long length, Piece told) {
        if (start < 0 || start + length > bytes) {
            throw new IllegalArgumentException("bytes " + start + " to " + (start + length)
                    + " of a slab of " + bytes + "; require them first");
        }
        for (Block block : blocks) {
            long from = Math.max(start, block.start());
            long to = Math.min(start + length, block.start() + block.bytes());
            if (from < to) {
                told.at(block.address() + from - block.start(), from - start, to - from);
            }
        }
    }

    @Override
    public void close() {
        blocks.forEach(block -> pins.unpin(block.address()));
        blocks.clear();
        bytes = 0;
    }
}
