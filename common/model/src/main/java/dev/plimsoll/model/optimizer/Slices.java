package dev.plimsoll.model.optimizer;

import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Runs over a vector in slices, on as many threads as the machine has. */
final class Slices {
    /** A multiple of {@link SquaredNorm#BLOCK}, so that its blocks lie in one slice. */
    private static final int SLICE = 1 << 18;

    private Slices() {}

    /** What is done with the values in [from, to). */
    interface Work {
        void on(int from, int to);
    }

    /** A slice [from, to). */
    record Slice(int from, int to) {}

    /** Each value is worked on once; the order is not defined. */
    static void each(int length, Work work) {
        slices(length).forEach(slice -> work.on(slice.from(), slice.to()));
    }

    /** The sum over the slices, mod 2⁶⁴. */
    static long sum(int length, ToLongFunction<Slice> work) {
        return slices(length).mapToLong(work).sum();
    }

    private static Stream<Slice> slices(int length) {
        int count = Math.ceilDiv(length, SLICE);
        IntStream numbers = IntStream.range(0, count);
        return (count > 1 ? numbers.parallel() : numbers)
                .mapToObj(i ->
                        new Slice(i * SLICE, (int) Math.min((long) length, (i + 1L) * SLICE)));
    }
}
