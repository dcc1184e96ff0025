package dev.plimsoll.cli.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.audit.AuditCounts;
import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.AuditSentence;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.topics.RunFollower;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Sends malformed samples to a run and says what became of them. */
final class MalformedRun {

    private static final int LINES_A_FILE = 500;
    private static final int COSTLY = 20;
    private static final int FEWEST_BETWEEN_COSTLY = 10;
    private static final int LONG_LINES = 2;
    private static final int PACKED = 3;
    private static final int EACH_UNREADABLE = 3;
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Fault LONG_LINE =
            new Fault("a line of 100 MB", RejectionReason.TOO_LARGE, _ -> new byte[0]);

    private final MalformedBenchCommand options;
    private final PrintWriter out;

    MalformedRun(MalformedBenchCommand options, PrintWriter out) {
        this.options = options;
        this.out = out;
    }

    /** Whether everything was as it should be. */
    boolean run(RunDirectory place, Path model)
            throws IOException, InterruptedException, ExecutionException {
        say("run " + place.root());
        Path hostile = HostileModel.copy(model, place.root().resolve("model"));
        FaultTurns turns =
                new FaultTurns(Math.max(FEWEST_BETWEEN_COSTLY, options.count / COSTLY), "first-1");
        Path first = place.root().resolve("first");
        Path rest = place.root().resolve("rest");
        int half = options.count / 2;
        MalformedFiles few = files(first, turns, half / 10, options.seed);
        MalformedFiles many = files(rest, turns, half - half / 10, options.seed + 1);
        many.longLines("long.jsonl", LONG_LINE, LONG_LINES);
        many.unreadableFiles(EACH_UNREADABLE);
        many.oddFiles();
        try (IntakeRun run = new IntakeRun(place, hostile, settings());
                MalformedRecords records = new MalformedRecords(
                        run.clients(), run.topics().samples(), options.seed + 2)) {
            run.startWorkers(options.workers);
            submit(run, "submit", first);
            memory(run, "after a tenth of the files");
            submit(run, "submit-rest", rest);
            memory(run, "after all files");
            records.send(turns, options.count - half, PACKED);
            say(records.refused() + " of " + PACKED + " packed records were refused by the broker");
            run.awaitIngested();
            memory(run, "after the records");
            Map<String, Fault> lines = new TreeMap<>(few.lines());
            lines.putAll(many.lines());
            MalformedTally tally = new MalformedTally(lines, records.sent());
            unreadable(run, many, tally);
            if (options.workers > 0) {
                finish(run);
                memory(run, "after the training");
            }
            run.supervise();
            run.stopAllButBroker();
            long valid = few.neighbours() + many.neighbours() + records.neighbours();
            return verdict(run, tally, valid);
        } finally {
            place.tidy(false);
            delete(first);
            delete(rest);
        }
    }

    private static Map<String, String> settings() {
        return new TreeMap<>(Map.of(
                "samples-per-step", "256",
                "linger", "2s",
                "lora-rank", "4",
                "lora-alpha", "8"));
    }

    private static MalformedFiles files(Path directory, FaultTurns turns, int count, long seed)
            throws IOException {
        MalformedFiles files = new MalformedFiles(directory, seed);
        String prefix = directory.getFileName() + "-";
        for (int from = 0; from < count; from += LINES_A_FILE) {
            files.lines(
                    prefix + from / LINES_A_FILE + ".jsonl",
                    turns,
                    Math.min(LINES_A_FILE, count - from));
        }
        return files;
    }

    private void submit(IntakeRun run, String name, Path directory) throws InterruptedException {
        ManagedProcess submit =
                run.command(name, List.of("submit", directory.toString(), "--wait-timeout", "240"));
        run.awaitDone(submit);
        submit.tail().lines().forEach(line -> say("  submit: " + line));
    }

    /** Each file that cannot be read to its end is named, with the reason and the remedy. */
    private void unreadable(IntakeRun run, MalformedFiles files, MalformedTally tally)
            throws IOException {
        List<String> said =
                Files.readAllLines(run.directory().logs().resolve("submit-rest.log"), UTF_8);
        files.unreadable().forEach((file, what) -> {
            List<String> of = said.stream()
                    .filter(line -> line.matches(
                            ".*/" + Pattern.quote(file) + "(:[0-9]+)? cannot be read: .*"))
                    .toList();
            if (of.isEmpty()) {
                tally.complain("submit did not tell of " + file + ", " + what);
            }
            of.forEach(line -> OurWords.complaint(line)
                    .ifPresent(complaint -> tally.complain(complaint + ": " + line)));
            if (file.contains("-0.")) {
                of.forEach(line -> say("  " + what + ": " + line.strip()));
            }
        });
    }

    private void finish(IntakeRun run) throws InterruptedException {
        run.letThemEnd();
        run.awaitDone(run.command("finish", List.of("finish")));
        try (RunFollower follower = new RunFollower(run.clients(), run.topics())) {
            int[] steps = {0};
            while (!follower.finished()) {
                run.await(
                        () -> {
                            follower.poll(POLL);
                            return follower.finished() || follower.steps().size() > steps[0];
                        },
                        "the next step");
                steps[0] = follower.steps().size();
            }
            say("finished after " + steps[0] + " steps");
        }
    }

    private boolean verdict(IntakeRun run, MalformedTally tally, long valid) {
        TopicScan.read(run.clients(), run.topics().rejected(), record -> {
            if (Wire.REJECTED.decode(record) instanceof Decoded.Ok<RejectedSample>(var sample)) {
                tally.rejected(sample);
            }
        });
        tally.requireAll();
        Verdict verdict = AuditReader.read(run.clients(), run.topics()).verdict(IntakeRun.SHARDS);
        AuditCounts counts = verdict.counts();
        verdict.findings().forEach(tally::complain);
        long kept = options.workers > 0 ? counts.trainedOnce() : counts.waiting();
        if (kept != valid) {
            tally.complain(valid + " valid samples were sent, and " + kept + " are "
                    + (options.workers > 0 ? "trained" : "waiting"));
        }
        tally.lines().forEach(this::say);
        say(AuditSentence.of(verdict));
        say(valid + " valid samples, " + kept + " of them "
                + (options.workers > 0 ? "trained once" : "waiting"));
        tally.complaints().forEach(complaint -> say("NOT RIGHT: " + complaint));
        return tally.right() && verdict.clean();
    }

    private void memory(IntakeRun run, String when) {
        List<String> all = new ArrayList<>();
        Stream.of("broker", IntakeRun.COORDINATOR, "submit", "submit-rest", "worker-1")
                .filter(name -> run.usage(name).peakBytes() > 0)
                .forEach(name -> all.add(String.format(
                        Locale.ROOT, "%s %d MB", name, run.usage(name).peakBytes() / 1_000_000)));
        say("peaks " + when + ": " + String.join(", ", all));
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }

    private static void delete(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(directory);
    }
}
