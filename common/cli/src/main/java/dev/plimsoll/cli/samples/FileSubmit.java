package dev.plimsoll.cli.samples;

import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import java.io.InputStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;

/** Submits files as `plimsoll submit` does without options, for a command that does more. */
public final class FileSubmit {

    private final Clients clients;
    private final Topics topics;
    private final PrintWriter out;
    private final boolean terminal;

    public FileSubmit(Clients clients, Topics topics, PrintWriter out, boolean terminal) {
        this.clients = clients;
        this.topics = topics;
        this.out = out;
        this.terminal = terminal;
    }

    /**
     * Throws {@link dev.plimsoll.sources.UnusableSourceException} for files that cannot be read as
     * samples, before anything is sent.
     *
     * @param files paths, directories or patterns
     */
    public static void requireUsable(List<String> files) {
        open(files).close();
    }

    /**
     * Sends the samples of the files and tells what became of them. Those of an earlier call for
     * the same files are not taken twice.
     *
     * @param source the name of the source that they belong to
     * @param patience how long to wait for a coordinator that deals with no sample
     * @return how many were sent
     */
    public long submit(List<String> files, String source, int partitions, Duration patience) {
        SubmitRun run = new SubmitRun(
                clients, RunPresence.of(clients, topics), source, new SubmitDisplay(out, terminal));
        try (SampleSource samples = open(files)) {
            run.run(
                    samples,
                    new SampleMaker(null, samples.files().size() > 1),
                    partitions,
                    patience);
        }
        return run.sent();
    }

    private static SampleSource open(List<String> files) {
        return SampleSource.open(files, Submitter.sourceOptions(), InputStream.nullInputStream());
    }
}
