package dev.plimsoll.engine.pass;

import java.util.HashSet;
import java.util.Set;

/**
 * When equally long sequences are worth the dense kernel. It builds a plan for each new shape; what
 * that costs was not measured for dense shapes and is taken to be near the 50 to 90 ms that a
 * packed call took, plan included. So: at once where one micro-batch earns that, otherwise from the
 * second time on.
 */
public final class DenseAttention {

    private static final int MIN_LENGTH = 256;
    private static final int AT_ONCE_LENGTH = 8192;
    private static final int MAX_SHAPES = 256;

    private final boolean available;
    private final Set<Long> seen = new HashSet<>();

    public DenseAttention(boolean available) {
        this.available = available;
    }

    boolean worth(PackedMicroBatch in) {
        int sequences = in.bounds().length - 1;
        if (!available
                || in.longest() < MIN_LENGTH
                || (long) sequences * in.longest() != in.tokenCount()) {
            return false;
        }
        if (in.longest() >= AT_ONCE_LENGTH) {
            return true;
        }
        long shape = (long) sequences << 32 | in.longest();
        return seen.contains(shape) || (seen.size() < MAX_SHAPES && !seen.add(shape));
    }
}
