package dev.plimsoll.cli.intake;

import dev.plimsoll.audit.AuditCounts;
import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.AuditSentence;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.RunFollower;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One stream from its first sample to the audit. */
final class StreamRun {

    private static final String STEADY = "steady";
    private static final String LATE = "late";
    private static final int PHASES = 20;
    private static final Duration POLL = Duration.ofMillis(50);
    private static final long SILENCE_NANOS = Duration.ofMinutes(5).toNanos();

    private final StreamBenchCommand options;
    private final PrintWriter out;
    private final Map<String, StreamProducer> producers = new LinkedHashMap<>();
    private final Deque<Act> acts = new ArrayDeque<>();
    private long begin;
    private int rows;

    /** What is done at a part of the time. */
    private record Act(double at, String words, Doing doing) {}

    /** Something that may take seconds. */
    private interface Doing {
        void run() throws IOException, InterruptedException;
    }

    StreamRun(StreamBenchCommand options, PrintWriter out) {
        this.options = options;
        this.out = out;
    }

    /** Whether the audit is clean and every sample is trained, or of the removed source. */
    boolean run(RunDirectory place, Path model) throws IOException, InterruptedException {
        out.println("run " + place.root());
        try (IntakeRun run = new IntakeRun(place, model, settings());
                RunFollower follower = new RunFollower(run.clients(), run.topics())) {
            run.startWorkers(options.workers);
            run.await(
                    () -> {
                        follower.poll(POLL);
                        return follower.workers().size() == options.workers;
                    },
                    "the start of the workers");
            plan(run, follower);
            header();
            begin = System.nanoTime();
            producers.put(STEADY, producer(run, STEADY, options.rate));
            while (seconds() < options.minutes * 60) {
                turn(run, follower);
            }
            for (StreamProducer producer : producers.values()) {
                producer.end();
            }
            row(run, follower);
            return finish(run, follower);
        } finally {
            producers.values().forEach(StreamProducer::close);
            place.tidy(false);
        }
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>();
        settings.put("samples-per-step", Integer.toString(options.samplesPerStep));
        settings.put("linger", "2s");
        settings.put("lora-rank", "8");
        settings.put("lora-alpha", "16");
        settings.put("learning-rate", "1e-3");
        return settings;
    }

    private void plan(IntakeRun run, RunFollower follower) {
        acts.add(new Act(0.20, "source added with weight 3", () -> {
            source(run, follower, "add", "--weight", "3");
            producers.put(LATE, producer(run, LATE, options.rate / 2));
        }));
        acts.add(new Act(0.40, "source paused", () -> source(run, follower, "pause")));
        acts.add(new Act(0.55, "source resumed", () -> source(run, follower, "resume")));
        acts.add(new Act(0.75, "source removed", () -> source(run, follower, "remove")));
        acts.add(new Act(0.85, "its producer ended", () -> producers.get(LATE).end()));
    }

    private StreamProducer producer(IntakeRun run, String source, double rate) throws IOException {
        List<String> command = run.commandLine(List.of(
                "submit",
                "-",
                "--format",
                "jsonl",
                "--source",
                source,
                "--source-name",
                source,
                "--no-wait"));
        return new StreamProducer(
                source,
                new StreamRates(rate, options.minutes * 60 / PHASES),
                command,
                run.directory().logs().resolve("submit-" + source + ".log"),
                options.seed + source.hashCode());
    }

    /** The stream goes on while the command works. */
    private void source(IntakeRun run, RunFollower follower, String what, String... options)
            throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("source", what, LATE));
        command.addAll(List.of(options));
        ManagedProcess process = run.command("source-" + what, command);
        while (process.alive()) {
            beat(run, follower);
        }
        run.awaitDone(process);
    }

    private void turn(IntakeRun run, RunFollower follower)
            throws IOException, InterruptedException {
        beat(run, follower);
        if (!acts.isEmpty() && seconds() >= acts.peek().at * options.minutes * 60) {
            Act act = acts.poll();
            act.doing.run();
            out.println(String.format(Locale.ROOT, "%6.0f  %s", seconds(), act.words));
            out.flush();
        }
    }

    private void beat(IntakeRun run, RunFollower follower) {
        producers.values().forEach(StreamProducer::turn);
        follower.poll(POLL);
        run.supervise();
        if (seconds() >= rows * (double) options.every) {
            row(run, follower);
        }
    }

    private void header() {
        out.println(String.format(
                Locale.ROOT,
                "%6s %6s %9s  %s",
                "s",
                "steps",
                "untokened",
                "of each source: sent, trained, rejected, lag in s"));
        out.flush();
    }

    private void row(IntakeRun run, RunFollower follower) {
        rows++;
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "%6.0f %6d %9d ",
                seconds(),
                follower.steps().size(),
                run.end(run.topics().samples()) - run.ingested()));
        producers.forEach((source, producer) -> {
            SourceMeasures is = follower.sources().get(source);
            long trained = is == null ? 0 : is.trained();
            long rejected = is == null ? 0 : is.rejected();
            line.append(String.format(
                    Locale.ROOT,
                    " %s %6d %6d %5d %6.1f",
                    source,
                    producer.sent(),
                    trained,
                    rejected,
                    producer.lagSeconds(trained + rejected)));
        });
        out.println(line);
        out.flush();
    }

    private boolean finish(IntakeRun run, RunFollower follower)
            throws IOException, InterruptedException {
        run.letThemEnd();
        run.awaitDone(run.command("finish", List.of("finish")));
        long asked = System.nanoTime();
        int steps = follower.steps().size();
        long moved = asked;
        while (!follower.finished()) {
            follower.poll(POLL);
            run.look();
            if (follower.steps().size() > steps) {
                steps = follower.steps().size();
                moved = System.nanoTime();
            }
            if (System.nanoTime() - moved > SILENCE_NANOS) {
                throw CliFailure.internal(
                        "the run did not finish; logs are in " + run.directory().logs());
            }
        }
        out.println(String.format(
                Locale.ROOT,
                "finished %.1f s after it was asked to, after %d steps",
                (System.nanoTime() - asked) / 1e9,
                steps));
        run.stopAllButBroker();
        return isRight(run);
    }

    private boolean isRight(IntakeRun run) {
        Verdict verdict = AuditReader.read(run.clients(), run.topics()).verdict(IntakeRun.SHARDS);
        out.println(AuditSentence.of(verdict));
        verdict.findings().forEach(finding -> out.println("  " + finding));
        long[] others = new long[1];
        TopicScan.read(run.clients(), run.topics().rejected(), record -> {
            if (!(Wire.REJECTED.decode(record) instanceof Decoded.Ok<RejectedSample>(var sample)
                    && sample.reason() == RejectionReason.SOURCE_REMOVED)) {
                others[0]++;
            }
        });
        AuditCounts counts = verdict.counts();
        long sent = producers.values().stream().mapToLong(StreamProducer::sent).sum();
        boolean right = verdict.clean()
                && others[0] == 0
                && counts.submitted() == sent
                && counts.trainedOnce() + counts.rejected() == sent;
        out.println(sent + " samples sent; " + others[0]
                + " rejected for another reason than that their source was removed: "
                + (right ? "right" : "NOT RIGHT"));
        List.of("broker", IntakeRun.COORDINATOR, "worker-1")
                .forEach(name -> out.println(String.format(
                        Locale.ROOT,
                        "%s: peak %d MB, %.0f s of processor time",
                        name,
                        run.usage(name).peakBytes() / 1_000_000,
                        run.usage(name).processor().toMillis() / 1e3)));
        out.flush();
        return right;
    }

    private double seconds() {
        return (System.nanoTime() - begin) / 1e9;
    }
}
