package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.samples.Submitter.Counts;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;

import java.time.Duration;
import java.util.Optional;

/** One submit from the first sample to the verdicts. */
final class SubmitRun {

    private static final int SHOWN_UNREADABLE = 10;

    /** So long a coordinator takes at most from its topics to its run. */
    private static final Duration CREATION = Duration.ofSeconds(20);

    private final Clients clients;
    private final Topics topics;
    private final RunPresence presence;
    private final String sourceName;
    private final SubmitDisplay display;
    private double traced;
    private Counts all = Counts.NONE;
    /** Null until it is known. */
    private SubmitResult result;

    /** @param sourceName of the source that the samples belong to */
    SubmitRun(Clients clients, RunPresence presence, String sourceName, SubmitDisplay display) {
        this.clients = clients;
        this.topics = presence.topics();
        this.presence = presence;
        this.sourceName = sourceName;
        this.display = display;
    }

    /** @param share of the samples that begin a trace, 0 to 1; none without this call */
    void trace(double share) {
        traced = share;
    }

    /**
     * Returns whether a sample was rejected, could not be read, or has no verdict.
     *
     * @param partitions of the topic samples if it does not exist yet
     * @param patience zero: the verdicts are not waited for
     */
    boolean run(SampleSource samples, SampleMaker maker, int partitions, Duration patience) {
        boolean waits = !patience.isZero();
        try (Submitter submitter = new Submitter(clients, topics, partitions, sourceName);
                Verdicts verdicts = new Verdicts(waits && presence.exists())) {
            submitter.trace(traced);
            Thread interrupted = Thread.ofPlatform().unstarted(() -> tellInterrupted(submitter));
            Runtime.getRuntime().addShutdownHook(interrupted);
            try {
                send(samples, maker, submitter);
                if (!waits) {
                    return all.unreadable() > 0;
                }
                return await(submitter.sent(), verdicts, patience);
            } finally {
                removeHook(interrupted);
            }
        }
    }

    /** Closes the reader if there is one: a run may begin while samples are sent. */
    private final class Verdicts implements AutoCloseable {
        private Optional<VerdictReader> reader;

        Verdicts(boolean fromNow) {
            reader = fromNow ? open(Duration.ZERO, false) : Optional.empty();
        }

        Optional<VerdictReader> reader(Duration patience) {
            if (reader.isEmpty() && RunPresence.of(clients, topics).exists()) {
                reader = open(patience, true);
            }
            return reader;
        }

        /** Empty while no run is created: its topics may be there a moment before. */
        private Optional<VerdictReader> open(Duration patience, boolean fromTheBeginning) {
            try (JournalReader journal =
                    new JournalReader(clients, topics, "plimsoll-submit-run")) {
                return journal.awaitRun(patience)
                        .map(run -> new VerdictReader(
                                clients.of(run, topics), topics, fromTheBeginning));
            }
        }

        @Override
        public void close() {
            reader.ifPresent(VerdictReader::close);
        }
    }

    /** How many samples were sent. */
    long sent() {
        return all.sent();
    }

    /** What became of them; of samples without a verdict that is said. */
    SubmitResult result() {
        return result == null ? SubmitResult.without(all.sent(), all.unreadable()) : result;
    }

    private void send(SampleSource samples, SampleMaker maker, Submitter submitter) {
        Optional<SourceItem.Opened> file = Optional.empty();
        Counts counts = Counts.NONE;
        for (Optional<SourceItem> item = samples.next(); item.isPresent(); item = samples.next()) {
            if (item.get() instanceof SourceItem.Opened opened) {
                tell(file, counts, maker);
                file = Optional.of(opened);
                all = all.plus(counts);
                counts = Counts.NONE;
            }
            if (item.get() instanceof SourceItem.Broken broken) {
                tell(maker, broken, counts.unreadable());
            }
            counts = counts.plus(submitter.send(maker, item.get()));
            if (file.isPresent()) {
                display.sent(file.get().file().name(), counts.sent());
            }
        }
        submitter.flush();
        tell(file, counts, maker);
        all = all.plus(counts);
        if (all.sent() == 0 && all.unreadable() > 0) {
            throw CliFailure.input("nothing of what was given can be read as samples");
        }
    }

    private void tell(SampleMaker maker, SourceItem.Broken broken, long before) {
        if (before < SHOWN_UNREADABLE) {
            display.say("  " + Shown.safe(maker.shown(broken.place())) + " cannot be read: "
                    + Shown.safe(broken.reason()) + "; " + Shown.safe(broken.remedy()));
        }
    }

    private void tell(Optional<SourceItem.Opened> file, Counts counts, SampleMaker maker) {
        file.ifPresent(opened -> display.say(line(opened, counts)));
        maker.notes().forEach(note -> display.say("  " + note));
    }

    private String line(SourceItem.Opened opened, Counts counts) {
        return Shown.safe(opened.file().name()) + " (" + opened.detected() + "): " + counts.sent()
                + " samples submitted to "
                + topics.samples()
                + note(counts.oversize(), "over 64 MiB, sent as their beginning")
                + note(counts.blank(), "empty lines skipped")
                + note(counts.unreadable(), "places that cannot be read");
    }

    private static String note(long count, String what) {
        return count == 0 ? "" : ", " + count + " " + what;
    }

    private boolean await(SentSamples sent, Verdicts verdicts, Duration patience) {
        Optional<VerdictReader> reader =
                verdicts.reader(patience.compareTo(CREATION) < 0 ? patience : CREATION);
        if (reader.isEmpty()) {
            display.say("There is no run under the prefix '" + topics.prefix()
                    + "' yet: the samples are safe in " + topics.samples()
                    + " and wait for `plimsoll coordinator --prefix " + topics.prefix() + "`.");
            return true;
        }
        SubmitVerdicts known = new SubmitVerdicts(sent);
        boolean complete = reader.get()
                .await(sent, known, patience, done -> display.dealtWith(done, sent.size()));
        result = known.result(all, complete ? sent.size() : reader.get().dealtWith());
        if (complete) {
            known.lines().forEach(display::say);
            return known.anyRejected() || all.unreadable() > 0;
        }
        long open = sent.size() - reader.get().dealtWith();
        display.say(open + " of " + sent.size() + " samples have no verdict: "
                + (reader.get().heardACoordinator()
                        ? "a coordinator is alive, but it has read nothing"
                        : "no coordinator is heard, and nothing was read")
                + " for " + patience.toSeconds() + " s. All samples are safe in "
                + topics.samples() + ". Start `plimsoll coordinator --prefix " + topics.prefix()
                + "`, or look into its log; then give this command again, which adds nothing and "
                + "tells the verdicts.");
        return true;
    }

    private void tellInterrupted(Submitter submitter) {
        display.say("Interrupted: " + submitter.sent().size() + " samples have arrived in "
                + topics.samples()
                + ". Give the same command again to go on: what arrived is not taken twice.");
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending: the hook is telling it
        }
    }
}
