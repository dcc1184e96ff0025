package dev.plimsoll.cli.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.audit.AuditCounts;
import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.AuditSentence;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessUsage;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.sample.TokenizedSample;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A file of samples that is submitted once, or again after a process was killed half-way.
 *
 * @param kill which
 */
record SubmitCase(int samples, Kill kill) {

    private static final String SUBMIT = "submit";

    /** What is killed (-9). */
    enum Kill {
        NONE,
        SUBMIT,
        COORDINATOR;

        /** As the option names it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** When the first and the last record of a topic were written, in milliseconds. */
    private static final class Span {
        private long records;
        private long first = Long.MAX_VALUE;
        private long last;

        void take(long atMillis) {
            records++;
            first = Math.min(first, atMillis);
            last = Math.max(last, atMillis);
        }

        double perSecond() {
            return records * 1000.0 / Math.max(1, last - first);
        }
    }

    /**
     * What came of it.
     *
     * @param sent records a second in the topic samples, repeated ones too
     * @param submit what all starts of submit took together
     * @param coordinator what it took from READY on
     * @param faults sentences; none if each sample is there once
     */
    record Outcome(
            SubmitCase of,
            double sent,
            double tokenized,
            ProcessUsage submit,
            ProcessUsage coordinator,
            List<String> faults) {

        static final String HEADER = String.format(
                Locale.ROOT,
                "%8s %-12s %9s %14s %11s %14s %11s %11s",
                "samples",
                "killed",
                "sent/s",
                "sent/s & core",
                "tokenized/s",
                "tok./s & core",
                "submit MB",
                "coord. MB");

        String row() {
            return String.format(
                    Locale.ROOT,
                    "%8d %-12s %9.0f %14.0f %11.0f %14.0f %11d %11d",
                    of.samples,
                    of.kill,
                    sent,
                    of.samples / seconds(submit.processor()),
                    tokenized,
                    of.samples / seconds(coordinator.processor()),
                    submit.peakBytes() / 1_000_000,
                    coordinator.peakBytes() / 1_000_000);
        }

        private static double seconds(Duration time) {
            return Math.max(1, time.toMillis()) / 1000.0;
        }
    }

    /** Runs it with processes of its own; says what it does. */
    Outcome run(RunDirectory place, Path model, long seed, PrintWriter out)
            throws IOException, InterruptedException {
        Path file = place.root().resolve("samples.jsonl");
        write(file, seed);
        out.println(samples + " samples, killed: " + kill + "; run " + place.root());
        out.flush();
        try (IntakeRun run = new IntakeRun(place, model, Map.of())) {
            run.look();
            Duration before = run.usage(IntakeRun.COORDINATOR).processor();
            ManagedProcess submit = submit(run, file);
            if (kill == Kill.SUBMIT) {
                run.await(
                        () -> run.end(run.topics().samples()) >= samples / 2 || !submit.alive(),
                        "half of the samples");
                submit.kill();
                out.println("killed (-9) submit with " + run.end(run.topics().samples())
                        + " samples in the topic; it is repeated");
                run.awaitDone(submit(run, file));
            } else {
                if (kill == Kill.COORDINATOR) {
                    run.await(
                            () -> run.end(run.topics().tokenized()) >= samples / 2,
                            "half of the tokens");
                    run.killCoordinator();
                    out.println("killed (-9) the coordinator with "
                            + run.end(run.topics().tokenized()) + " records tokenized");
                }
                run.awaitDone(submit);
            }
            run.awaitIngested();
            Files.readAllLines(place.logs().resolve(SUBMIT + ".log"), UTF_8)
                    .forEach(line -> out.println("  submit: " + line));
            return outcome(run, before, out);
        } finally {
            place.tidy(false);
            Files.deleteIfExists(file);
        }
    }

    private static ManagedProcess submit(IntakeRun run, Path file) {
        return run.command(SUBMIT, List.of("submit", file.toString(), "--wait-timeout", "240"));
    }

    private Outcome outcome(IntakeRun run, Duration before, PrintWriter out) {
        run.stopAllButBroker();
        ProcessUsage coordinator = run.usage(IntakeRun.COORDINATOR);
        Span sent = new Span();
        TopicScan.read(run.clients(), run.topics().samples(), r -> sent.take(r.timestamp()));
        Span tokenized = new Span();
        Set<String> ids = new HashSet<>();
        List<String> faults = new ArrayList<>();
        TopicScan.read(run.clients(), run.topics().tokenized(), record -> {
            tokenized.take(record.timestamp());
            if (TokenizedSample.decodeHead(record)
                            instanceof Decoded.Ok<TokenizedSample.Head>(var head)
                    && head.chunk() == 0
                    && !ids.add(head.sampleId())) {
                faults.add("sample " + head.sampleId() + " is tokenized twice");
            }
        });
        Verdict verdict = AuditReader.read(run.clients(), run.topics()).verdict(IntakeRun.SHARDS);
        out.println("  " + AuditSentence.of(verdict));
        faults.addAll(verdict.findings());
        AuditCounts counts = verdict.counts();
        if (!verdict.clean()
                || ids.size() != samples
                || counts.waiting() != samples
                || counts.submitted() != samples) {
            faults.add("of " + samples + " samples " + ids.size() + " are tokenized and "
                    + counts.waiting() + " wait");
        }
        faults.forEach(fault -> out.println("  NOT RIGHT: " + fault));
        out.flush();
        return new Outcome(
                this,
                sent.perSecond(),
                tokenized.perSecond(),
                run.usage(SUBMIT),
                new ProcessUsage(
                        coordinator.peakBytes(), coordinator.processor().minus(before)),
                faults);
    }

    private void write(Path file, long seed) throws IOException {
        SampleTexts texts = new SampleTexts(seed);
        try (Writer writer = Files.newBufferedWriter(file, UTF_8)) {
            for (int i = 0; i < samples; i++) {
                writer.write(texts.next() + "\n");
            }
        }
    }
}
