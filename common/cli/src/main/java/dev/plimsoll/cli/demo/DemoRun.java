package dev.plimsoll.cli.demo;

import dev.plimsoll.audit.AuditLedger;
import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.AuditSentence;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.results.AdapterExport;
import dev.plimsoll.cli.samples.HeldSource;
import dev.plimsoll.cli.samples.Rejections;
import dev.plimsoll.cli.samples.Submitter;
import dev.plimsoll.cli.topics.RunFollower;
import dev.plimsoll.cli.topics.StepDisplay;
import dev.plimsoll.cli.topics.TerminalText;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.admin.Admin;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/** Runs one demo from its first process to its verdict. */
final class DemoRun {

    static final long STEPS = 20;
    private static final long EVALUATE_EVERY = 5;
    private static final int SAMPLES_PER_STEP = 16;
    private static final int SHARDS = 2;
    /** The average token count of a sample of the built-in data set with the built-in tokenizer. */
    private static final int TYPICAL_TOKENS = 400;

    private static final Duration SILENCE = Duration.ofMinutes(3);

    private final DemoCommand options;
    private final PrintWriter out;
    private final RunDirectory directory;
    private final Path model;
    private final List<String> events = new ArrayList<>();
    private final SortedMap<String, Double> wallSeconds = new TreeMap<>();
    private final long begin = System.nanoTime();
    private final boolean terminal = TerminalText.isTerminal();
    private final int columns = TerminalText.columns(terminal);
    private DemoCards cards;

    DemoRun(DemoCommand options) throws IOException {
        this.options = options;
        this.out = options.spec.commandLine().getOut();
        this.model = options.run.model();
        this.directory = RunDirectory.create(options.directory);
    }

    int run() throws IOException, InterruptedException {
        say("run %s", directory.root());
        boolean complete = false;
        try (ProcessGroup group =
                ProcessGroup.unsupervised(directory.logs(), options.broker.environment())) {
            Clients clients = clients(group);
            Topics topics = options.broker.topics();
            prepareTopics(clients, topics);
            lap("broker");
            group.start("coordinator", Programs.coordinator(coordinatorProperties(clients)));
            DemoData data = data();
            long steps = Math.min(options.run.stepsOr(STEPS), stepsIn(data));
            hold(clients, topics);
            submit(clients, topics, data);
            double before = HeldOutLoss.of(
                    "held-out-before",
                    model,
                    null,
                    data.heldOut(),
                    directory.logs(),
                    options.worker.properties());
            say(
                    "held-out loss before: %.4f nats per token (%d samples never trained on)",
                    before, data.heldOutSequences());
            cards = DemoCards.of(options, directory.root(), steps);
            cards.told(options.workers).ifPresent(line -> say("%s", line));
            startWorkers(group, clients);
            lap("prepare");
            DemoReport report = train(group, clients, topics, data, steps, before);
            DemoReport.file(directory.root().resolve("report.json")).write(report);
            if (options.report != null) {
                DemoReport.file(options.report).write(report);
            }
            complete = true;
            return CliFailure.audit(report.verdict().equals("clean"));
        } finally {
            // after a failure the broker's data is kept, because it may explain the failure
            directory.tidy(options.keep || !complete);
        }
    }

    private DemoReport train(
            ProcessGroup group,
            Clients clients,
            Topics topics,
            DemoData data,
            long steps,
            double before)
            throws IOException, InterruptedException {
        try (RunFollower follower = new RunFollower(clients, topics)) {
            follow(group, follower, steps);
            lap("train");
            // workers and coordinator stop while the loss is computed
            group.ask("worker");
            group.ask("coordinator");
            AdapterExport.Exported exported = AdapterExport.export(
                    clients, topics, model, directory.root().resolve("adapter"));
            double after = HeldOutLoss.of(
                    "held-out-after",
                    model,
                    exported.directory(),
                    data.heldOut(),
                    directory.logs(),
                    options.worker.properties());
            group.stop("worker");
            group.stop("coordinator");
            AuditLedger ledger = AuditReader.read(clients, topics);
            Verdict verdict = ledger.verdict(
                    exported.run().fleet().shards(), exported.run().steps().epochs());
            SortedMap<Long, List<SampleOrigin>> members = ledger.membersByVersion();
            lap("finish");
            wallSeconds.put("total", seconds(begin));
            say("held-out loss after:  %.4f (%.1f %% of before)", after, 100 * after / before);
            say("%s", AuditSentence.of(verdict));
            verdict.findings().forEach(finding -> say("  %s", finding));
            verdict.notes().forEach(note -> say("  healed: %s", note));
            Rejections rejected = rejected(clients, topics);
            rejected.lines().forEach(line -> say("  %s", line));
            say("adapter: %s (version %d)", exported.directory(), exported.version());
            say(
                    "%.0f s, of which training %.0f s",
                    wallSeconds.get("total"), wallSeconds.get("train"));
            return new DemoReport(
                    verdict.clean() ? "clean" : "not clean",
                    exported.directory().toString(),
                    follower.steps().values().stream()
                            .map(step -> DemoReport.Step.of(
                                    step, members.getOrDefault(step.version(), List.of())))
                            .toList(),
                    follower.evaluations().values().stream()
                            .map(DemoReport.Evaluation::of)
                            .toList(),
                    new DemoReport.HeldOut(before, after, data.heldOutSequences()),
                    verdict.counts(),
                    rejected.list(),
                    events,
                    follower.peakBytes(),
                    wallSeconds);
        }
    }

    private void follow(ProcessGroup group, RunFollower follower, long steps) throws IOException {
        StepDisplay progress = new StepDisplay(out, terminal, steps);
        boolean killed = options.kill == null;
        long lastStep = System.nanoTime();
        int seen = 0;
        // the steps' topic may be ahead of the journal, and the last version of its state
        // the last evaluation comes after them
        boolean toItsEnd = options.evalData != null && steps == options.run.stepsOr(STEPS);
        while ((toItsEnd || follower.steps().size() < steps || !follower.written())
                && !follower.finished()) {
            follower.poll(Duration.ofMillis(200));
            progress.update(follower);
            if (follower.steps().size() > seen) {
                seen = follower.steps().size();
                lastStep = System.nanoTime();
            }
            if (!killed && seen >= options.afterStep) {
                killed = true;
                progress.say(killOne(group, seen));
            }
            Optional<String> other = cards.follow(seen);
            other.ifPresent(progress::say);
            other.ifPresent(events::add);
            if (follower.steps().size() < steps && !follower.finished()) {
                drained(group).ifPresent(progress::say);
                requireAllRun(group);
            }
            if (System.nanoTime() - lastStep > SILENCE.toNanos()) {
                progress.end();
                throw CliFailure.internal("no step was committed and no state was written for "
                        + SILENCE.toSeconds() + " s; the ends of the logs:" + group.tails());
            }
        }
        progress.end();
    }

    private String killOne(ProcessGroup group, int stepsDone) {
        String name = options.kill == DemoCommand.Victim.WORKER ? "worker-1" : "coordinator";
        group.kill(name, 0);
        group.startAgain(name);
        String event =
                "killed (-9) " + name + " after " + stepsDone + " steps and started it again";
        events.add(event);
        return event;
    }

    /** A worker that ended well while the run goes on has left because somebody asked it to. */
    private static Optional<String> drained(ProcessGroup group) {
        return group.firstEnded()
                .filter(gone -> gone.name().startsWith("worker-")
                        && gone.exitCode() == ExitCode.DONE.number())
                .map(gone -> {
                    group.remove(gone.name());
                    return gone.name() + " has left: it was drained";
                });
    }

    /** Fails with the end of the log of a process that has ended though it should run. */
    private static void requireAllRun(ProcessGroup group) {
        group.firstEnded().ifPresent(gone -> {
            throw CliFailure.ofChild(gone.name(), gone.exitCode(), gone.log(), gone.tail());
        });
    }

    private Clients clients(ProcessGroup group) throws IOException, InterruptedException {
        if (options.broker.given()) {
            return options.broker.clients();
        }
        return new Clients(OwnBroker.start(group, directory.broker()));
    }

    private void prepareTopics(Clients clients, Topics topics) throws InterruptedException {
        try (Admin admin = clients.admin("plimsoll-demo")) {
            if (admin.listTopics().names().get().contains(topics.journal())) {
                throw CliFailure.input("there is a run under prefix '" + topics.prefix()
                        + "' already; give the demo" + " another --prefix");
            }
            TopicAdmin.ensure(
                    admin, topics, options.run.samplePartitions(), options.run.shardsOr(SHARDS));
        } catch (ExecutionException e) {
            throw new BrokerProblem(
                    "the broker does not list its topics: " + e.getCause().getMessage(), e);
        }
    }

    private DemoData data() throws IOException {
        int maxTokens =
                options.run.maxSequenceTokensOr(LlamaConfig.read(model).maxPositionEmbeddings());
        try (SampleTokenizer tokenizer =
                SampleTokenizer.open(model, LocalDateTime.now(ZoneOffset.UTC))) {
            if (options.data != null) {
                return DemoData.of(options.data, directory.root(), tokenizer, maxTokens);
            }
            long wanted = options.samples != null ? options.samples : samplesNeeded();
            return DemoData.builtIn(
                    directory.root(),
                    tokenizer,
                    (int) Math.min(wanted, Integer.MAX_VALUE),
                    maxTokens);
        }
    }

    private int samplesPerStep() {
        return options.run.samplesPerStepOr(SAMPLES_PER_STEP);
    }

    private long stepsIn(DemoData data) {
        Integer tokensPerStep = options.run.tokensPerStep();
        long steps = tokensPerStep == null
                ? data.stepsOfSamples(samplesPerStep())
                : Math.max(1, data.stepsOfTokens(tokensPerStep));
        if (steps < 1) {
            throw CliFailure.input(data.file() + " has " + data.trainable().size()
                    + " samples to train on, fewer than the " + samplesPerStep()
                    + " of one step; give more, or lower --samples-per-step");
        }
        return steps;
    }

    /** How many samples of the built-in data set the steps need. */
    private long samplesNeeded() {
        long steps = options.run.stepsOr(STEPS);
        Integer tokensPerStep = options.run.tokensPerStep();
        return tokensPerStep == null
                ? steps * samplesPerStep()
                : steps * 2 * tokensPerStep / TYPICAL_TOKENS + SAMPLES_PER_STEP;
    }

    /** Marked first: what comes before the mark may be trained. */
    private void hold(Clients clients, Topics topics) throws InterruptedException {
        if (options.evalData == null) {
            return;
        }
        HeldSource.hold(clients, topics, HeldSource.NAME, SILENCE);
        try (Submitter submitter =
                new Submitter(clients, topics, options.run.samplePartitions(), HeldSource.NAME)) {
            Submitter.Counts counts = submitter.submit(options.evalData, _ -> false);
            say("%d samples for evaluation submitted from %s", counts.sent(), options.evalData);
        }
    }

    private void submit(Clients clients, Topics topics, DemoData data) {
        try (Submitter submitter = new Submitter(clients, topics, options.run.samplePartitions())) {
            Submitter.Counts counts = submitter.submit(data.file(), data.skippedLines()::contains);
            say("%d samples submitted from %s", counts.sent(), data.file());
        }
    }

    /** What was rejected, by whomever. */
    static Rejections rejected(Clients clients, Topics topics) {
        Rejections rejected = new Rejections();
        TopicScan.read(clients, topics.rejected(), record -> {
            if (Wire.REJECTED.decode(record) instanceof Decoded.Ok<RejectedSample>(var sample)) {
                rejected.add(sample);
            }
        });
        return rejected;
    }

    private void startWorkers(ProcessGroup group, Clients clients) {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / options.workers);
        for (int i = 1; i <= options.workers; i++) {
            Map<String, String> properties = options.worker.properties();
            properties.putAll(options.broker.properties());
            properties.put("bootstrap", clients.bootstrap());
            properties.put("model", model.toString());
            properties.put("worker-id", "worker-" + i);
            properties.put("threads", Integer.toString(threads));
            cards.addTo(properties, i - 1);
            group.start("worker-" + i, Programs.worker(properties));
        }
    }

    private Map<String, String> coordinatorProperties(Clients clients) {
        Map<String, String> properties = options.run.properties();
        properties.putAll(options.broker.properties());
        properties.put("bootstrap", clients.bootstrap());
        properties.putIfAbsent("steps", Long.toString(STEPS));
        if (options.evalData != null) {
            properties.putIfAbsent("evaluate-every", Long.toString(EVALUATE_EVERY));
        }
        properties.putIfAbsent("shards", Integer.toString(SHARDS));
        if (options.run.tokensPerStep() == null) {
            properties.putIfAbsent("samples-per-step", Integer.toString(SAMPLES_PER_STEP));
        }
        properties.putIfAbsent("lora-rank", "16");
        properties.putIfAbsent("lora-alpha", "32");
        if (options.data == null && model.equals(Installation.modelOr(null))) {
            // the untrained built-in model needs a higher learning rate than a large one
            properties.putIfAbsent("learning-rate", "5e-3");
            properties.putIfAbsent("warmup-steps", "2");
        }
        properties.put("quarkus.http.port", Integer.toString(options.port));
        return properties;
    }

    private void lap(String name) {
        double before = wallSeconds.values().stream().mapToDouble(d -> d).sum();
        wallSeconds.put(name, seconds(begin) - before);
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private void say(String format, Object... arguments) {
        out.println(TerminalText.fold(String.format(Locale.ROOT, format, arguments), columns));
        out.flush();
    }
}
