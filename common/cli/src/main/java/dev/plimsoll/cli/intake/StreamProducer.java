package dev.plimsoll.cli.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.cli.CliFailure;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Hands lines of samples to a submit that reads its standard input, as many as are due. One thread
 * calls it.
 */
final class StreamProducer implements AutoCloseable {

    /** So many samples had been sent at that time, in nanoseconds. */
    private record Mark(long count, long atNanos) {}

    private final String source;
    private final Process process;
    private final Path log;
    private final OutputStream in;
    private final SampleTexts texts;
    private final StreamRates rates;
    private final long begin = System.nanoTime();
    private final Deque<Mark> untrained = new ArrayDeque<>();
    private long sent;
    private boolean ended;

    /** @param command submits what it reads from its standard input */
    StreamProducer(String source, StreamRates rates, List<String> command, Path log, long seed)
            throws IOException {
        this.source = source;
        this.rates = rates;
        this.log = log;
        this.texts = new SampleTexts(seed);
        this.process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        this.in = process.getOutputStream();
    }

    String source() {
        return source;
    }

    long sent() {
        return sent;
    }

    long pid() {
        return process.pid();
    }

    /** Sends what is due until it is ended. Throws when submit takes no more. */
    void turn() {
        long now = System.nanoTime();
        long due = rates.sentAfter((now - begin) / 1e9);
        if (ended || due <= sent) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        for (long i = sent; i < due; i++) {
            lines.append(texts.next()).append('\n');
        }
        try {
            in.write(lines.toString().getBytes(UTF_8));
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "submit of source " + source + " takes no more samples; see " + log, e);
        }
        sent = due;
        untrained.add(new Mark(sent, now));
    }

    /**
     * How long ago the oldest sample was handed over that is neither trained nor rejected, in
     * seconds; 0 if none is left.
     *
     * @param dealtWith so many were; a source's samples are trained in their order
     */
    double lagSeconds(long dealtWith) {
        while (!untrained.isEmpty() && untrained.peek().count <= dealtWith) {
            untrained.poll();
        }
        return untrained.isEmpty() ? 0 : (System.nanoTime() - untrained.peek().atNanos) / 1e9;
    }

    /** Ends the input, waits for submit and fails unless it ended well. */
    void end() throws IOException, InterruptedException {
        if (ended) {
            return;
        }
        ended = true;
        in.close();
        int code = process.waitFor();
        if (code != 0) {
            throw CliFailure.internal("submit of source " + source + " ended with exit code " + code
                    + "; see " + log);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
