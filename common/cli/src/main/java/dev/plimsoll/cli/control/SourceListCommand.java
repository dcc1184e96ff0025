package dev.plimsoll.cli.control;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.Telemetry;

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
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Callable;

/** Shows what the coordinator says of its sources with its next beat. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Prints a line for each source: its state, its weight, and how many of its "
                + "samples wait, are trained and were rejected. A coordinator must be running.")
final class SourceListCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "The command waits so many seconds for a coordinator to speak. "
                    + "Default: ${DEFAULT-VALUE}.")
    int waitSeconds;

    @Option(
            names = "--json",
            description = "Each source is a JSON object on a line of its own, with its name.")
    boolean json;

    @Override
    public Integer call() {
        Clients clients = broker.clients();
        Topics topics = broker.topics();
        Clients ofTheRun = clients.of(RunLookup.read(clients, topics), topics);
        SortedMap<String, SourceMeasures> sources = next(ofTheRun, topics)
                .orElseThrow(() -> CliFailure.input("no coordinator under prefix '"
                        + topics.prefix() + "' spoke of a source in " + waitSeconds
                        + " s: none is running, or no sample has come and no source was added"));
        PrintWriter out = spec.commandLine().getOut();
        sources.forEach(
                (name, source) -> out.println(json ? json(name, source) : line(name, source)));
        out.flush();
        return ExitCode.DONE.number();
    }

    private Optional<SortedMap<String, SourceMeasures>> next(Clients clients, Topics topics) {
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-source-list")) {
            List<TopicPartition> partitions = TopicScan.partitions(reader, topics.telemetry());
            reader.assign(partitions);
            reader.seekToEnd(partitions);
            long deadline = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
                    if (Wire.TELEMETRY.decode(record)
                                    instanceof Decoded.Ok<Telemetry>(Telemetry telemetry)
                            && telemetry instanceof Telemetry.SourcesMeasured measured) {
                        return Optional.of(measured.sources());
                    }
                }
            }
            return Optional.empty();
        }
    }

    private static String json(String name, SourceMeasures source) {
        ObjectNode node = Json.mapper().createObjectNode().put("name", name);
        return node.setAll(Json.mapper().<ObjectNode>valueToTree(source)).toString();
    }

    static String line(String name, SourceMeasures source) {
        String status = source.status().name().toLowerCase(Locale.ROOT);
        return source.evaluation()
                ? String.format(
                        Locale.ROOT,
                        "%-20s %-8s for evaluation  %,9d samples  %,9d rejected",
                        name,
                        status,
                        source.waiting(),
                        source.rejected())
                : String.format(
                        Locale.ROOT,
                        "%-20s %-8s weight %-4s  %,9d waiting  %,9d trained  %,9d rejected",
                        name,
                        status,
                        source.weight() == 0 ? "-" : Integer.toString(source.weight()),
                        source.waiting(),
                        source.trained(),
                        source.rejected());
    }
}
