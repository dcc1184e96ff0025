package dev.plimsoll.chaos;

import dev.plimsoll.audit.AuditSentence;
import dev.plimsoll.chaos.network.Loopback;
import dev.plimsoll.chaos.network.Network;
import dev.plimsoll.chaos.schedule.Disturbance;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.results.RunComparison;
import dev.plimsoll.cli.samples.Submitter;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.processes.RunDirectory;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Runs the disturbed run and then the undisturbed one, compares them and writes the report. */
final class ChaosRun {

    static final double TOLERANCE = 1e-4;
    /**
     * The size of micro-batches with --backlog. If they were larger, all would be dispatched when a
     * step opens, and a worker that joins would wait for the next step.
     */
    private static final int BACKLOG_MICRO_BATCH_TOKENS = 1_024;

    private static final long PROGRESS_NANOS = Duration.ofSeconds(10).toNanos();

    private final ChaosCommand options;
    private final PrintWriter out;
    private final Path model;
    private final RunDirectory directory;
    private final long begin = System.nanoTime();
    private long progressAt = begin;

    ChaosRun(ChaosCommand options) throws IOException {
        this.options = options;
        this.out = options.spec.commandLine().getOut();
        this.model = options.baseModel();
        this.directory = RunDirectory.create(options.directory);
    }

    int run() throws IOException, InterruptedException {
        out.println("run " + directory.root());
        ChaosData data = options.data != null
                ? ChaosData.of(options.data)
                : ChaosData.builtIn(directory.root(), (int)
                        Math.ceil(options.samplesPerMinute * options.minutes));
        RunOutcome disturbed = disturbed(data);
        RunComparison comparison = options.calm ? null : compare(data, disturbed);
        ChaosReport report = ChaosReport.of(options, data.lines().size(), disturbed, comparison);
        ChaosReport.file(directory.root().resolve("chaos.json")).write(report);
        if (options.report != null) {
            ChaosReport.file(options.report).write(report);
        }
        report.table().forEach(out::println);
        say("%s", AuditSentence.of(disturbed.verdict()));
        disturbed.verdict().findings().forEach(finding -> say("  %s", finding));
        disturbed.verdict().notes().forEach(note -> say("  healed: %s", note));
        if (disturbed.arrived() != data.lines().size()) {
            say(
                    "%d samples were submitted, but the topic holds %d",
                    data.lines().size(), disturbed.arrived());
        }
        if (comparison != null) {
            out.println("against an undisturbed run: " + comparison.sentence(TOLERANCE));
        }
        say("%s; report %s", report.verdict(), directory.root().resolve("chaos.json"));
        return CliFailure.audit(report.verdict().equals("clean"));
    }

    private RunOutcome disturbed(ChaosData data) throws IOException, InterruptedException {
        try (Network network = options.cuts().network(line -> say("%s", line))) {
            List<Disturbance> disturbances = options.disturbances(!(network instanceof Loopback));
            say(
                    "%d samples over %.1f minutes, %d disturbances, seed %d",
                    data.lines().size(), options.minutes, disturbances.size(), options.seed);
            return disturbed(data, disturbances, network);
        }
    }

    private RunOutcome disturbed(ChaosData data, List<Disturbance> disturbances, Network network)
            throws IOException, InterruptedException {
        RunDirectory place =
                new RunDirectory(directory.root().resolve(options.calm ? "calm" : "disturbed"));
        boolean complete = false;
        try (SupervisedRun run =
                        new SupervisedRun(place, settings(), network, line -> say("%s", line));
                Submitter submitter = new Submitter(run.clients(), run.topics(), 1)) {
            run.start("ingest,plan", options.workers);
            PacedLines lines = new PacedLines(
                    data.lines(), options.backlog ? 0 : options.length().toNanos());
            Stream stream = new Stream(submitter, data.file(), lines);
            long beginMillis = System.currentTimeMillis();
            long endMillis = beginMillis + options.length().toMillis();
            try (Flood flood = new Flood(
                    run.clients(), run.topics(), options.seed, options.flood, options.length())) {
                FloodRates rates = new FloodRates();
                run.during(disturbances, () -> {
                    progress(run, lines.taken());
                    rates.look(flood.phase(), trained(run), System.nanoTime());
                    return System.currentTimeMillis() >= endMillis;
                });
                if (options.flood > 0) {
                    say(
                            "%d records of a stranger were written, %d more were refused by the"
                                    + " broker; samples trained a second: %s",
                            flood.sent() - flood.refused(), flood.refused(), rates.sentence());
                }
            }
            run.undoAll();
            run.during(List.of(), stream::done);
            say("%d samples are submitted; the run is asked to finish", stream.sent());
            run.finish();
            say("finished after %d steps", run.follower().steps().size());
            RunOutcome outcome = RunOutcome.of(run, model, beginMillis, endMillis);
            complete = true;
            return outcome;
        } finally {
            place.tidy(options.keep || !complete);
        }
    }

    private RunComparison compare(ChaosData data, RunOutcome disturbed)
            throws IOException, InterruptedException {
        say("the same samples again, undisturbed");
        RunDirectory place = new RunDirectory(directory.root().resolve("undisturbed"));
        boolean complete = false;
        try (SupervisedRun run =
                new SupervisedRun(place, settings(), new Loopback(), line -> say("%s", line))) {
            try (Submitter submitter = new Submitter(run.clients(), run.topics(), 1)) {
                PacedLines lines = new PacedLines(data.lines(), 0);
                submitter.submit(source(data.file()), name(data.file()), lines);
            }
            run.start("ingest,plan,parameters", options.workers);
            run.finish();
            say("finished after %d steps", run.follower().steps().size());
            long now = System.currentTimeMillis();
            RunOutcome.of(run, model, now, now);
            complete = true;
        } finally {
            place.tidy(options.keep || !complete);
        }
        return RunComparison.of(place.root(), disturbed.root(), LlamaConfig.read(model));
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>();
        settings.put("model", model.toString());
        settings.put("seed", Long.toString(options.seed));
        settings.put("samples-per-step", Integer.toString(options.samplesPerStep));
        settings.put("shards", Integer.toString(SupervisedRun.SHARDS));
        settings.put("lease", options.lease.toMillis() + "ms");
        settings.put("lora-rank", "16");
        settings.put("lora-alpha", "32");
        settings.put("learning-rate", "1e-3");
        settings.put("warmup-steps", "2");
        if (options.backlog) {
            settings.put("max-microbatch-tokens", Integer.toString(BACKLOG_MICRO_BATCH_TOKENS));
        }
        return settings;
    }

    private void progress(SupervisedRun run, int submitted) {
        if (System.nanoTime() - progressAt < PROGRESS_NANOS) {
            return;
        }
        progressAt = System.nanoTime();
        say(
                "%d steps, %d of %d samples trained; %d processes, %d kills",
                run.follower().steps().size(),
                trained(run),
                submitted,
                run.group().pids().size(),
                run.group().kills().size());
    }

    private static long trained(SupervisedRun run) {
        return run.follower().steps().values().stream()
                .mapToLong(step -> step.counts().samples())
                .sum();
    }

    static String source(Path file) throws IOException {
        return file.toRealPath().toUri().toString();
    }

    static String name(Path file) {
        return file.getFileName().toString();
    }

    private void say(String format, Object... arguments) {
        double seconds = (System.nanoTime() - begin) / 1e9;
        out.println(String.format(Locale.ROOT, "%7.1f s  ", seconds)
                + String.format(Locale.ROOT, format, arguments));
        out.flush();
    }

    /**
     * Submits the samples on a thread of its own. A failure there is thrown by the method that asks
     * for the result.
     */
    private static final class Stream {
        private final java.util.concurrent.FutureTask<Submitter.Counts> task;

        Stream(Submitter submitter, Path file, InputStream lines) throws IOException {
            String source = source(file);
            task = new java.util.concurrent.FutureTask<>(
                    () -> submitter.submit(source, name(file), lines));
            Thread.ofPlatform().daemon().name("samples").start(task);
        }

        boolean done() {
            return task.isDone();
        }

        long sent() throws InterruptedException {
            try {
                return task.get().sent();
            } catch (java.util.concurrent.ExecutionException e) {
                throw CliFailure.internal(
                        "the samples could not be submitted: " + e.getCause().getMessage());
            }
        }
    }
}
