package dev.plimsoll.fuzz;

import com.sun.management.ThreadMXBean;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * One reader and wrong inputs for it. Each input must give a value or a documented exception with a
 * sentence; without any other exception or error, within bounds of time and memory. An input that
 * does not is kept in target/fuzz.
 *
 * @param name for people and for the file
 * @param seeds right inputs
 * @param words of the language that is read; they are put into inputs
 * @param documented the exceptions that may come out
 * @param count inputs in the short run
 */
record Fuzz(
        String name,
        Reader reader,
        List<byte[]> seeds,
        List<String> words,
        List<Class<? extends Exception>> documented,
        int count) {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** What one input may allocate in all. */
    private static final long MOST_BYTES = 1L << 30;

    /** Of the processor's time, for one input; far above what any should take. */
    private static final Duration SOON = Duration.ofMinutes(1);

    /** Reads an input to its end. */
    @FunctionalInterface
    interface Reader {
        void read(byte[] input) throws Exception;
    }

    /** How far one run came. */
    record Figures(String name, int executions, int refused, long nanos, long mostBytes) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "fuzz %-20s %9d inputs %9d refused %9.0f/s %6d KiB at most for one",
                    name,
                    executions,
                    refused,
                    executions / (nanos / 1e9),
                    mostBytes / 1024);
        }
    }

    Figures run(int executions, long seed) throws IOException {
        Mutator mutator = new Mutator(new Random(seed), seeds, words);
        int refused = 0;
        long most = 0;
        long begin = System.nanoTime();
        for (int i = 0; i < seeds.size(); i++) {
            read(seeds.get(i), i);
        }
        for (int i = 0; i < executions; i++) {
            byte[] input = mutator.next();
            long bytes = THREADS.getCurrentThreadAllocatedBytes();
            long time = THREADS.getCurrentThreadCpuTime();
            refused += read(input, i) ? 0 : 1;
            bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
            time = THREADS.getCurrentThreadCpuTime() - time;
            most = Math.max(most, bytes);
            if (bytes > MOST_BYTES || time > SOON.toNanos()) {
                throw finding(input, i, bytes + " bytes and " + time / 1_000_000 + " ms", null);
            }
        }
        return new Figures(name, executions, refused, System.nanoTime() - begin, most);
    }

    /** Whether a value came out. */
    private boolean read(byte[] input, int number) throws IOException {
        try {
            reader.read(input);
            return true;
        } catch (Exception | Error e) {
            boolean allowed = documented.stream().anyMatch(type -> type.isInstance(e));
            if (!allowed || !sentence(e)) {
                throw finding(input, number, e.toString(), e);
            }
            return false;
        }
    }

    private static boolean sentence(Throwable e) {
        return e.getMessage() != null && e.getMessage().trim().contains(" ");
    }

    private AssertionError finding(byte[] input, int number, String what, Throwable cause)
            throws IOException {
        Path directory = Files.createDirectories(Path.of("target", "fuzz"));
        Path file = Files.write(directory.resolve(name.replace(' ', '-') + "-" + number), input);
        return new AssertionError(
                name + ", input " + number + " (kept in " + file.toAbsolutePath() + "): " + what
                        + " from " + Mutator.shown(input),
                cause);
    }
}
