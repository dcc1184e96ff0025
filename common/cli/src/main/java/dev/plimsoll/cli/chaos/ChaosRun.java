package dev.plimsoll.cli.chaos;

import dev.plimsoll.cli.AuditSentence;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.RunComparison;
import dev.plimsoll.cli.Submitter;
import dev.plimsoll.cli.demo.RunDirectory;
import dev.plimsoll.cli.network.Loopback;
import dev.plimsoll.cli.network.Network;
import dev.plimsoll.model.hf.LlamaConfig;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The disturbed run, the undisturbed one, and whether they agree. */
final class ChaosRun {

    static final double TOLERANCE = 1e-4;
    /** Larger ones are all given out when a step opens, and who joins waits for the next step. */
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
        Aftermath disturbed = disturbed(data);
        RunComparison comparison = options.calm ? null : compare(data, disturbed);
        ChaosReport report = ChaosReport.of(options, data.lines().size(), disturbed, comparison);
        ChaosReport.file(directory.root().resolve("chaos.json")).write(report);
        if (options.report != null) {
            ChaosReport.file(options.report).write(report);
        }
        report.table().forEach(out::println);
        say("%s", AuditSentence.of(disturbed.verdict()));
        disturbed.verdict().findings().forEach(finding -> say("  %s", finding));
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

    private Aftermath disturbed(ChaosData data) throws IOException, InterruptedException {
        try (Network network = options.cuts().network(line -> say("%s", line))) {
            List<Fault> faults = options.faults(!(network instanceof Loopback));
            say(
                    "%d samples over %.1f minutes, %d faults, seed %d",
                    data.lines().size(), options.minutes, faults.size(), options.seed);
            return disturbed(data, faults, network);
        }
    }

    private Aftermath disturbed(ChaosData data, List<Fault> faults, Network network)
            throws IOException, InterruptedException {
        RunDirectory place =
                new RunDirectory(directory.root().resolve(options.calm ? "calm" : "disturbed"));
        boolean complete = false;
        try (Pass pass = new Pass(place, settings(), network, line -> say("%s", line));
                Submitter submitter = new Submitter(pass.clients(), pass.topics(), 1)) {
            pass.start("ingest,plan", options.workers);
            PacedFile lines = new PacedFile(
                    data.lines(), options.backlog ? 0 : options.length().toNanos());
            Stream stream = new Stream(submitter, data.file(), lines);
            long beginMillis = System.currentTimeMillis();
            long endMillis = beginMillis + options.length().toMillis();
            pass.during(faults, () -> {
                progress(pass, lines.taken());
                return System.currentTimeMillis() >= endMillis;
            });
            pass.crew().heal();
            pass.during(List.of(), stream::done);
            say("%d samples are submitted; the run is asked to finish", stream.sent());
            pass.finish();
            say("finished after %d steps", pass.follower().steps().size());
            Aftermath aftermath = Aftermath.of(pass, model, beginMillis, endMillis);
            complete = true;
            return aftermath;
        } finally {
            place.tidy(options.keep || !complete);
        }
    }

    private RunComparison compare(ChaosData data, Aftermath disturbed)
            throws IOException, InterruptedException {
        say("the same samples again, undisturbed");
        RunDirectory place = new RunDirectory(directory.root().resolve("undisturbed"));
        boolean complete = false;
        try (Pass pass = new Pass(place, settings(), new Loopback(), line -> say("%s", line))) {
            try (Submitter submitter = new Submitter(pass.clients(), pass.topics(), 1)) {
                PacedFile lines = new PacedFile(data.lines(), 0);
                submitter.submit(source(data.file()), name(data.file()), lines);
            }
            pass.start("ingest,plan,parameters", options.workers);
            pass.finish();
            say("finished after %d steps", pass.follower().steps().size());
            long now = System.currentTimeMillis();
            Aftermath.of(pass, model, now, now);
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
        settings.put("shards", Integer.toString(Pass.SHARDS));
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

    private void progress(Pass pass, int submitted) {
        if (System.nanoTime() - progressAt < PROGRESS_NANOS) {
            return;
        }
        progressAt = System.nanoTime();
        int samples = pass.follower().steps().values().stream()
                .mapToInt(step -> step.counts().samples())
                .sum();
        say(
                "%d steps, %d of %d samples trained; %d processes, %d kills",
                pass.follower().steps().size(),
                samples,
                submitted,
                pass.crew().pids().size(),
                pass.crew().kills().size());
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

    /** Submits on a thread of its own; what went wrong there is thrown where it is asked for. */
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
