package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.kernels.OptimizerFold.Values;
import dev.plimsoll.engine.kernels.OptimizerFold.Vectors;
import dev.plimsoll.engine.nativelib.DeviceBuffers;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.GradientSum;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StateDigest;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.OptimizerSettings;

import java.lang.foreign.MemorySegment;
import java.util.function.LongToIntFunction;
import java.util.stream.IntStream;

/**
 * optimizer.cu on a real GPU against the optimizer in Java, bit by bit, without Maven, JUnit or
 * PyTorch there. One line a check; exit code 1 when something differs.
 *
 * <p>Arguments: values of an update (20,000,000), values that are rounded (100,000,000), values
 * that are timed (42,000,000). Needs eight times four bytes of heap for each value of an update.
 */
public final class OptimizerGpuCheckMain {

    private static final AdamW ADAM_W = new AdamW(new OptimizerSettings(
            new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
            0.9,
            0.999,
            1e-8,
            0.01,
            1));
    private static final double RATE = 3e-4;
    private static final double SCALE = 0.87 / 8192;
    private static final int UPDATES = 5;
    private static final int REPEATS = 50;

    private final DeviceBuffers device;
    private final OptimizerFold fold;
    private boolean passed = true;

    private OptimizerGpuCheckMain(DeviceBuffers device, OptimizerFold fold) {
        this.device = device;
        this.fold = fold;
    }

    public static void main(String[] arguments) {
        int updated = argument(arguments, 0, 20_000_000);
        int rounded = argument(arguments, 1, 100_000_000);
        int timed = argument(arguments, 2, 42_000_000);
        boolean passed;
        try (DeviceBuffers device = new DeviceBuffers()) {
            device.allocate(256);
            long started = System.nanoTime();
            OptimizerFold fold = OptimizerFold.compile(0);
            System.out.printf("compiled in %.0f ms%n", (System.nanoTime() - started) / 1e6);
            OptimizerGpuCheckMain check = new OptimizerGpuCheckMain(device, fold);
            check.updates(updated);
            check.rounding(rounded, Math.min(rounded, updated));
            check.norms(updated);
            check.sums(updated);
            check.times(timed);
            passed = check.passed;
        }
        System.out.println(passed ? "ALL AS EXPECTED" : "SOMETHING DIFFERS");
        System.exit(passed ? 0 : 1);
    }

    private static int argument(String[] arguments, int index, int otherwise) {
        return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
    }

    /** Sums come as fp32 and as bf16 in turn; so do the copies. */
    private void updates(int n) {
        float[] p = gradients(1, n);
        AdamW.Vectors vectors = new AdamW.Vectors(p, new float[n], new float[n]);
        Vectors onDevice = new Vectors(
                device.upload(vectors.p()), device.upload(vectors.m()), device.upload(vectors.v()));
        long sum = device.allocate(4L * n);
        long copy = device.allocate(4L * n);
        for (int update = 1; update <= UPDATES; update++) {
            boolean bf16 = update % 2 == 0;
            float[] gradient = gradients(10 + update, n);
            write(sum, gradient, bf16);
            AdamW.Scalars scalars = ADAM_W.scalars(update, RATE);
            fold.fold(onDevice, new Values(sum, bf16), SCALE, scalars, new Values(copy, bf16), n);
            ADAM_W.fold(vectors, gradient, SCALE, update, RATE);
            String what = "update " + update + (bf16 ? " of a bf16 sum" : " of an fp32 sum");
            same(what + ", parameters", device.floats(onDevice.p(), n), vectors.p());
            same(what + ", first moment", device.floats(onDevice.m(), n), vectors.m());
            same(what + ", second moment", device.floats(onDevice.v(), n), vectors.v());
            copied(what, copy, bf16, vectors.p());
            digest(what, onDevice.p(), vectors.p(), 1000);
        }
        device.close();
    }

    private void copied(String what, long copy, boolean bf16, float[] p) {
        if (!bf16) {
            same(what + ", copy in fp32", device.floats(copy, p.length), p);
            return;
        }
        short[] found = new short[p.length];
        device.read(copy, MemorySegment.ofArray(found));
        none(
                what + ", copy in bf16",
                count(p.length, i -> found[(int) i] == Dtype.toBf16(p[(int) i]) ? 0 : 1),
                p.length);
    }

    private void digest(String what, long onDevice, float[] values, long firstIndex) {
        long cell = device.allocate(8);
        device.write(cell, MemorySegment.ofArray(new long[] {5}));
        fold.digest(onDevice, cell, firstIndex, values.length);
        long[] found = new long[1];
        device.read(cell, MemorySegment.ofArray(found));
        long expected = StateDigest.of(values, firstIndex);
        verdict(
                what + ", digest " + Long.toHexString(found[0] - 5) + " on the device, "
                        + Long.toHexString(expected) + " in Java",
                found[0] - 5 == expected);
    }

    /** Any bits: infinities, NaN and denormals too. */
    private void rounding(int total, int n) {
        long values = device.allocate(4L * n);
        long wire = device.allocate(2L * n);
        long wrong = 0;
        long done = 0;
        for (int part = 0; done < total; part++, done += n) {
            float[] numbers = part % 2 == 0 ? anyBits(30 + part, n) : gradients(30 + part, n);
            StochasticBf16 rounding = part % 3 == 0
                    ? StochasticBf16.ofSum(part)
                    : StochasticBf16.ofContribution(1000 + part);
            long firstIndex = done + part;
            device.write(values, MemorySegment.ofArray(numbers));
            fold.round(values, wire, rounding, firstIndex, n);
            byte[] expected = new byte[2 * n];
            rounding.encode(numbers, firstIndex, expected, 0);
            byte[] found = new byte[2 * n];
            device.read(wire, MemorySegment.ofArray(found));
            wrong += count(
                    n,
                    i -> expected[(int) (2 * i)] == found[(int) (2 * i)]
                                    && expected[(int) (2 * i) + 1] == found[(int) (2 * i) + 1]
                            ? 0
                            : 1);
        }
        none("rounding to bf16 by chance", wrong, done);
        digest("any bits", device.upload(anyBits(3, n)), anyBits(3, n), (1L << 32) - n);
        device.close();
    }

    private void norms(int n) {
        for (boolean bf16 : new boolean[] {false, true}) {
            float[] numbers = gradients(50, n);
            long values = device.allocate(4L * n);
            write(values, numbers, bf16);
            String what = "squared norm of " + (bf16 ? "bf16" : "fp32");
            double first = norm(what, new Values(values, bf16), n, 0);
            double second = norm(what, new Values(values, bf16), n, 0);
            double expected = SquaredNorm.of(numbers);
            verdict(
                    what + " is " + first + " on the device, " + expected + " in Java",
                    Math.abs(first / expected - 1) <= 1e-12);
            verdict(what + " has Java's bits, twice", first == expected && second == expected);
            numbers[n / 2] = Float.NaN;
            numbers[n / 3] = Float.NEGATIVE_INFINITY;
            write(values, numbers, bf16);
            double spoiled = norm(what, new Values(values, bf16), n, 2);
            verdict(what + " with NaN is not finite", !Double.isFinite(spoiled));
        }
        device.close();
    }

    private double norm(String what, Values values, int n, int notFinite) {
        double[] blocks = new double[OptimizerFold.normSums(n)];
        long sums = device.allocate(8L * blocks.length);
        long count = device.allocate(4);
        device.write(count, MemorySegment.ofArray(new int[1]));
        fold.squaredNorm(values, sums, count, n);
        device.read(sums, MemorySegment.ofArray(blocks));
        int[] counted = new int[1];
        device.read(count, MemorySegment.ofArray(counted));
        if (counted[0] != notFinite) {
            verdict(what + ": values that are not finite: " + counted[0], false);
        }
        return SquaredNorm.join(blocks);
    }

    private void sums(int n) {
        GradientSum expected = new GradientSum(n, n);
        long sum = device.allocate(4L * n);
        long values = device.allocate(4L * n);
        for (int place = 0; place < 4; place++) {
            boolean bf16 = place % 2 == 0;
            float[] numbers = gradients(60 + place, n);
            write(values, numbers, bf16);
            expected.add(place, 0, numbers);
            fold.add(sum, new Values(values, bf16), place == 0, n);
        }
        same("sum of four contributions", device.floats(sum, n), expected.values());
        device.close();
    }

    private void times(int n) {
        long p = device.upload(gradients(70, n));
        long m = device.upload(new float[n]);
        long v = device.upload(new float[n]);
        Vectors vectors = new Vectors(p, m, v);
        long sum = device.upload(gradients(71, n));
        long wire = device.allocate(2L * n);
        long cells = device.allocate(8L * OptimizerFold.normSums(n));
        AdamW.Scalars scalars = ADAM_W.scalars(3, RATE);
        Values fp32 = new Values(sum, false);
        Values bf16 = new Values(wire, true);
        StochasticBf16 rounding = StochasticBf16.ofSum(1);
        time("round", n, 6, () -> fold.round(sum, wire, rounding, 0, n));
        time(
                "update of fp32, copy in bf16",
                n,
                30,
                () -> fold.fold(vectors, fp32, SCALE, scalars, bf16, n));
        time(
                "update of bf16, no copy",
                n,
                26,
                () -> fold.fold(vectors, bf16, SCALE, scalars, Values.NONE, n));
        time("squared norm of fp32", n, 4, () -> fold.squaredNorm(fp32, cells, cells, n));
        time("squared norm of bf16", n, 2, () -> fold.squaredNorm(bf16, cells, cells, n));
        time("digest", n, 4, () -> fold.digest(p, cells, 0, n));
        time("add fp32", n, 12, () -> fold.add(m, fp32, false, n));
        time("add bf16", n, 10, () -> fold.add(m, bf16, false, n));
        device.close();
    }

    /** Wall clock over many launches and one wait. */
    private void time(String what, int n, int bytes, Runnable kernel) {
        kernel.run();
        device.finish();
        long started = System.nanoTime();
        for (int i = 0; i < REPEATS; i++) {
            kernel.run();
        }
        device.finish();
        double seconds = (System.nanoTime() - started) / 1e9 / REPEATS;
        System.out.printf(
                "time of %d values, %s: %.3f ms, %.0f GB/s%n",
                n, what, 1e3 * seconds, 1e-9 * bytes * n / seconds);
    }

    /** As bf16, the numbers are rounded in place too. */
    private void write(long address, float[] numbers, boolean bf16) {
        if (!bf16) {
            device.write(address, MemorySegment.ofArray(numbers));
            return;
        }
        byte[] bytes = new byte[2 * numbers.length];
        StochasticBf16.ofContribution(1).encode(numbers, 0, bytes, 0);
        StochasticBf16.decode(bytes, 0, numbers);
        device.write(address, MemorySegment.ofArray(bytes));
    }

    /** Of either sign, from 10⁻²⁴ to 10⁵, and some zeros and denormals. */
    private static float[] gradients(long seed, int n) {
        return filled(n, i -> {
            int bits = bits(seed, i);
            int exponent = switch (bits >>> 8 & 31) {
                case 0 -> 0;
                case 1 -> -127;
                default -> (bits >>> 13 & 0xffff) % 96 - 80;
            };
            int mantissa = bits(~seed, i) & 0x7f_ffff;
            boolean zero = exponent == -127 && (bits & 1) == 0;
            return (bits & 0x8000_0000) | (zero ? 0 : exponent + 127 << 23 | mantissa);
        });
    }

    private static float[] anyBits(long seed, int n) {
        return filled(n, i -> bits(seed, i));
    }

    private static float[] filled(int n, LongToIntFunction bits) {
        float[] values = new float[n];
        IntStream.range(0, n)
                .parallel()
                .forEach(i -> values[i] = Float.intBitsToFloat(bits.applyAsInt(i)));
        return values;
    }

    private static int bits(long seed, long i) {
        long z = (seed * 0x1_0000_0001L + i) * 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 32) * 0xd6e8feb86659fd93L;
        return (int) ((z ^ z >>> 32) * 0xd6e8feb86659fd93L >>> 32);
    }

    private void same(String what, float[] found, float[] expected) {
        none(
                what,
                count(
                        found.length,
                        i -> Float.floatToRawIntBits(found[(int) i])
                                        == Float.floatToRawIntBits(expected[(int) i])
                                ? 0
                                : 1),
                found.length);
    }

    private static long count(int n, LongToIntFunction wrong) {
        return IntStream.range(0, n).parallel().mapToLong(wrong::applyAsInt).sum();
    }

    private void none(String what, long wrong, long of) {
        verdict(what + ": " + wrong + " of " + of + " values differ", wrong == 0);
    }

    private void verdict(String what, boolean good) {
        passed &= good;
        System.out.println(what + (good ? ": ok" : ": FAILED"));
    }
}
