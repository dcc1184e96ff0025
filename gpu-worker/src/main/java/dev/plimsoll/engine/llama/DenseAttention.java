package dev.plimsoll.engine.llama;

import java.util.HashSet;
import java.util.Set;

/**
 * When equally long sequences are worth the dense kernel, which builds a plan of some 50 ms for each new shape: at once where one
 * micro-batch earns it, otherwise from the second time on.
 */
final class DenseAttention {

    private static final int MIN_LENGTH = 256;
    private static final int AT_ONCE_LENGTH = 8192;
    private static final int MAX_SHAPES = 256;

    private final boolean available;
    private final Set<Long> seen = new HashSet<>();

    DenseAttention(boolean available) {
        this.available = available;
    }

    boolean worth(PackedInputs in) {
        int sequences = in.bounds().length - 1;
        if (!available || in.longest() < MIN_LENGTH || (long) sequences * in.longest() != in.tokenCount()) {
            return false;
        }
        if (in.longest() >= AT_ONCE_LENGTH) {
            return true;
        }
        long shape = (long) sequences << 32 | in.longest();
        return seen.contains(shape) || (seen.size() < MAX_SHAPES && !seen.add(shape));
    }
}
