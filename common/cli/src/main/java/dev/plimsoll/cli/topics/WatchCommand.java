package dev.plimsoll.cli.topics;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.audit.kafka.MissingTopicException;
import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.Shown;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.ForeignRecords;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.sample.RejectedSample;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = "Prints one line per committed step, per evaluation and per rejected "
                + "sample, from the first on, until it is interrupted. It says so, too, when "
                + "samples wait and no worker is ready.")
final class WatchCommand implements Callable<Integer> {

    private static final int LINE_CHARACTERS = 4_000;
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Option(
            names = "--once",
            description = "The command ends when it has printed the lines that are due now.")
    boolean once;

    @Option(
            names = "--json",
            description = "Each line is a JSON object. Its field kind is step, evaluation or "
                    + "rejected; the others are those of the record in its topic.")
    boolean json;

    @Override
    public Integer call() {
        Topics topics = broker.topics();
        Optional<Clients> clients = ofTheRun(broker.clients(), topics);
        if (clients.isEmpty()) {
            return ExitCode.DONE.number();
        }
        PrintWriter out = spec.commandLine().getOut();
        int columns = TerminalText.columns(TerminalText.isTerminal());
        try (Consumer<byte[], byte[]> reader = clients.get().reader("plimsoll-watch")) {
            List<TopicPartition> partitions =
                    new ArrayList<>(TopicScan.partitions(reader, topics.steps()));
            partitions.addAll(rejected(reader, topics));
            partitions.addAll(evaluations(reader, topics));
            partitions.addAll(TopicScan.partitions(reader, topics.journal()));
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            WorkerWait workerWait = new WorkerWait();
            boolean isRead = partitions.stream().allMatch(p -> reader.position(p) >= ends.get(p));
            while (!once || !isRead) {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(500))) {
                    if (record.topic().equals(topics.journal())) {
                        workerWait.take(record);
                        continue;
                    }
                    (json ? json(topics, record) : line(topics, record, columns))
                            .ifPresent(out::println);
                }
                isRead = partitions.stream().allMatch(p -> reader.position(p) >= ends.get(p));
                if (isRead && !json) {
                    workerWait.begun().ifPresent(out::println);
                }
                out.flush();
            }
        }
        return ExitCode.DONE.number();
    }

    /**
     * Before there is a run, nothing in its topics is its own; empty when that is not waited for.
     */
    private Optional<Clients> ofTheRun(Clients anybodys, Topics topics) {
        try (JournalReader journal = new JournalReader(anybodys, topics, "plimsoll-watch-run")) {
            if (!journal.exists()) {
                throw new MissingTopicException(topics.journal());
            }
            return journal.awaitRun(once ? Duration.ZERO : FOREVER)
                    .map(run -> anybodys.of(run, topics));
        }
    }

    /** Who may see the run's figures need not see people's samples. */
    private List<TopicPartition> rejected(Consumer<byte[], byte[]> reader, Topics topics) {
        try {
            return TopicScan.partitions(reader, topics.rejected());
        } catch (TopicAuthorizationException e) {
            spec.commandLine()
                    .getErr()
                    .println("plimsoll: rejected samples are not shown, because the broker does "
                            + "not let this user read " + topics.rejected());
            return List.of();
        }
    }

    /** A run from before there were evaluations has no topic of them. */
    private static List<TopicPartition> evaluations(
            Consumer<byte[], byte[]> reader, Topics topics) {
        try {
            return TopicScan.partitions(reader, topics.evaluations());
        } catch (MissingTopicException e) {
            return List.of();
        }
    }

    /** Empty of what cannot be read; the log tells of it, and the reader of what is foreign. */
    private static Optional<String> line(
            Topics topics, ConsumerRecord<byte[], byte[]> record, int columns) {
        if (record.topic().equals(topics.steps())) {
            return ForeignRecords.read(Wire.STEPS, record).map(step -> line(step, columns));
        }
        return record.topic().equals(topics.evaluations())
                ? ForeignRecords.read(Wire.EVALUATIONS, record).map(is -> line(is, columns))
                : ForeignRecords.read(Wire.REJECTED, record).map(is -> line(is, columns));
    }

    private static Optional<String> json(Topics topics, ConsumerRecord<byte[], byte[]> record) {
        if (record.topic().equals(topics.steps())) {
            return ForeignRecords.read(Wire.STEPS, record).map(step -> json("step", step));
        }
        return record.topic().equals(topics.evaluations())
                ? ForeignRecords.read(Wire.EVALUATIONS, record).map(is -> json("evaluation", is))
                : ForeignRecords.read(Wire.REJECTED, record).map(is -> json("rejected", is));
    }

    private static String json(String kind, Object record) {
        ObjectNode line = Json.mapper().createObjectNode().put("kind", kind);
        line.setAll(Json.mapper().<ObjectNode>valueToTree(record));
        return Shown.json(line.toString());
    }

    static String line(EvaluationRecord is, int columns) {
        String figures = String.format(
                Locale.ROOT, "loss %.4f  perplexity %.2f", is.loss(), is.perplexity());
        String best = is.best() ? "  best" : "";
        String line = TerminalText.firstThatFits(
                columns,
                String.format(
                        Locale.ROOT,
                        "evaluation of version %d (%d steps)  %s  %,d samples  %.1f s%s",
                        is.version(),
                        is.stepsDone(),
                        figures,
                        is.counts().samples(),
                        is.evaluationMillis() / 1e3,
                        best),
                "evaluation of version " + is.version() + "  " + figures + best,
                String.format(
                        Locale.ROOT, "version %d: loss %.4f%s", is.version(), is.loss(), best));
        return withNotes(
                line, is.notes().stream().filter(note -> !note.isEmpty()).toList(), columns);
    }

    static String line(StepRecord step, int columns) {
        StepRecord.StepCounts counts = step.counts();
        double speed = step.rates().tokensPerSecond();
        String line = TerminalText.firstThatFits(
                columns,
                String.format(
                        Locale.ROOT,
                        "step %4d  loss %.4f  %,6d tokens (%,d trained)  %3d samples  "
                                + "%2d micro-batches  %d workers  %,.0f tokens/s",
                        step.step(),
                        step.loss(),
                        counts.tokens(),
                        counts.lossTokens(),
                        counts.samples(),
                        counts.microBatches(),
                        counts.workers(),
                        speed),
                String.format(
                        Locale.ROOT,
                        "step %4d  loss %.4f  %,6d tokens  %3d samples  %d workers  %,.0f tokens/s",
                        step.step(),
                        step.loss(),
                        counts.tokens(),
                        counts.samples(),
                        counts.workers(),
                        speed),
                String.format(
                        Locale.ROOT,
                        "step %4d  loss %.4f  %,.0f tokens/s",
                        step.step(),
                        step.loss(),
                        speed),
                String.format(Locale.ROOT, "step %d  loss %.4f", step.step(), step.loss()));
        return withNotes(line, step.notes(), columns);
    }

    private static String line(RejectedSample sample, int columns) {
        String line = "rejected " + sample.sampleId()
                + (sample.source().isEmpty() ? "" : " (" + sample.source() + ")") + ": "
                + sample.reason() + ", " + sample.note();
        return TerminalText.fold(Shown.line(line, LINE_CHARACTERS), columns);
    }

    /** Notes are anybody's. On a terminal each has lines of its own. */
    private static String withNotes(String line, List<String> notes, int columns) {
        if (columns == TerminalText.ANY) {
            return Shown.line(
                    notes.isEmpty() ? line : line + "  " + String.join("; ", notes),
                    LINE_CHARACTERS);
        }
        StringBuilder all = new StringBuilder(line);
        for (String note : notes) {
            all.append('\n');
            all.append(TerminalText.fold("  " + Shown.line(note, LINE_CHARACTERS), columns));
        }
        return all.toString();
    }
}
