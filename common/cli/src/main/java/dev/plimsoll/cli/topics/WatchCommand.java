package dev.plimsoll.cli.topics;

import dev.plimsoll.audit.kafka.MissingTopicException;
import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Shown;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.sample.RejectedSample;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

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
import java.util.concurrent.Callable;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = "Prints one line per committed step, per evaluation and per rejected "
                + "sample, from the first on, until it is interrupted.")
final class WatchCommand implements Callable<Integer> {

    private static final int LINE_CHARACTERS = 4_000;

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Option(
            names = "--once",
            description = "The command ends when it has printed the lines that are due now.")
    boolean once;

    @Override
    public Integer call() {
        Clients clients = broker.clients();
        Topics topics = broker.topics();
        PrintWriter out = spec.commandLine().getOut();
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-watch")) {
            List<TopicPartition> partitions =
                    new ArrayList<>(TopicScan.partitions(reader, topics.steps()));
            partitions.addAll(TopicScan.partitions(reader, topics.rejected()));
            partitions.addAll(evaluations(reader, topics));
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            while (!once || partitions.stream().anyMatch(p -> reader.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(500))) {
                    // ids and notes are anybody's
                    out.println(Shown.line(line(topics, record), LINE_CHARACTERS));
                }
                out.flush();
            }
        }
        return ExitCode.DONE.number();
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

    private static String line(Topics topics, ConsumerRecord<byte[], byte[]> record) {
        if (record.topic().equals(topics.steps())) {
            return step(record);
        }
        return record.topic().equals(topics.evaluations()) ? evaluation(record) : rejected(record);
    }

    private static String evaluation(ConsumerRecord<byte[], byte[]> record) {
        return switch (Wire.EVALUATIONS.decode(record)) {
            case Decoded.Ok<EvaluationRecord>(EvaluationRecord evaluation) -> line(evaluation);
            case Decoded.Malformed<EvaluationRecord>(String where, String problem) ->
                where + ": " + problem;
        };
    }

    static String line(EvaluationRecord evaluation) {
        String line = String.format(
                Locale.ROOT,
                "evaluation of version %d (%d steps)  loss %.4f  perplexity %.2f  %,d samples  "
                        + "%.1f s%s",
                evaluation.version(),
                evaluation.stepsDone(),
                evaluation.loss(),
                evaluation.perplexity(),
                evaluation.counts().samples(),
                evaluation.evaluationMillis() / 1e3,
                evaluation.best() ? "  best" : "");
        List<String> notes =
                evaluation.notes().stream().filter(note -> !note.isEmpty()).toList();
        return notes.isEmpty() ? line : line + "  " + String.join("; ", notes);
    }

    private static String step(ConsumerRecord<byte[], byte[]> record) {
        return switch (Wire.STEPS.decode(record)) {
            case Decoded.Ok<StepRecord>(StepRecord step) -> line(step);
            case Decoded.Malformed<StepRecord>(String where, String problem) ->
                where + ": " + problem;
        };
    }

    static String line(StepRecord step) {
        StepRecord.StepCounts counts = step.counts();
        String line = String.format(
                Locale.ROOT,
                "step %4d  loss %.4f  %,6d tokens (%,d trained)  %3d samples  %2d micro-batches  "
                        + "%d workers  %,.0f tokens/s",
                step.step(),
                step.loss(),
                counts.tokens(),
                counts.lossTokens(),
                counts.samples(),
                counts.microBatches(),
                counts.workers(),
                step.rates().tokensPerSecond());
        return step.notes().isEmpty() ? line : line + "  " + String.join("; ", step.notes());
    }

    private static String rejected(ConsumerRecord<byte[], byte[]> record) {
        return switch (Wire.REJECTED.decode(record)) {
            case Decoded.Ok<RejectedSample>(RejectedSample sample) ->
                "rejected " + sample.sampleId()
                        + (sample.source().isEmpty() ? "" : " (" + sample.source() + ")") + ": "
                        + sample.reason() + ", " + sample.note();
            case Decoded.Malformed<RejectedSample>(String where, String problem) ->
                where + ": " + problem;
        };
    }
}
