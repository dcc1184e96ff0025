package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.UnusableSourceException;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.sample.RejectionReason;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Submits files as `plimsoll submit` does, for a command that does more. */
public final class FileSubmit {

    /** A file of samples has one among so many records. */
    private static final int LOOKED_AT = 1_000;

    private final Clients clients;
    private final Topics topics;
    private final PrintWriter out;
    private final boolean terminal;
    private final Reading reading;

    /** @param reading how the files are read */
    public FileSubmit(
            Clients clients, Topics topics, PrintWriter out, boolean terminal, Reading reading) {
        this.reading = reading;
        this.clients = clients;
        this.topics = topics;
        this.out = out;
        this.terminal = terminal;
    }

    /**
     * Ends the command for files that cannot be read, and for those among whose first records no
     * sample is, before anything is sent.
     *
     * @param files paths, directories or patterns
     * @param reading how they are read
     */
    public static void requireUsable(List<String> files, Reading reading) {
        Rejections refused = new Rejections();
        try (SampleSource samples = SampleSource.open(files, reading.options())) {
            samples.files().stream().flatMap(file -> file.path().stream()).forEach(path -> {
                if (!Files.isRegularFile(path)) {
                    throw CliFailure.input("'" + path + "' is no regular file, and it is read more"
                            + " than once; put what it gives into a file, or submit it with"
                            + " `plimsoll submit`");
                }
            });
            Optional<SourceItem> item = samples.next();
            for (int looked = 0; item.isPresent() && looked < LOOKED_AT; looked++) {
                switch (item.get()) {
                    case SourceItem.Record record -> {
                        switch (SampleParser.parse(record.bytes())) {
                            case ParsedSample _ -> {
                                return;
                            }
                            case SampleRefusal refusal ->
                                refused.add(
                                        refusal.reason(),
                                        record.place().toString(),
                                        refusal.note());
                        }
                    }
                    case SourceItem.Broken broken ->
                        refused.add(
                                RejectionReason.NOT_JSON,
                                broken.place().toString(),
                                broken.reason() + "; " + broken.remedy());
                    case SourceItem.Opened _, SourceItem.Blank _, SourceItem.Oversize _ -> {}
                }
                item = samples.next();
            }
        }
        throw CliFailure.input("there is no sample in " + String.join(", ", files)
                + refused.lines().stream()
                        .map(line -> "\n  " + line)
                        .collect(Collectors.joining()));
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
        try (SampleSource samples = SampleSource.open(files, reading.options())) {
            run.run(
                    samples,
                    new SampleMaker(null, samples.files().size() > 1),
                    partitions,
                    patience);
        }
        return run.sent();
    }

    /** Those of the files that are there now. */
    public static List<Path> present(List<String> files) {
        List<Path> present = new ArrayList<>();
        for (String name : files) {
            try (SampleSource samples =
                    SampleSource.open(List.of(name), Submitter.sourceOptions())) {
                samples.files().forEach(file -> file.path().ifPresent(present::add));
            } catch (UnusableSourceException e) {
                // it names nothing any more
            }
        }
        return present;
    }
}
