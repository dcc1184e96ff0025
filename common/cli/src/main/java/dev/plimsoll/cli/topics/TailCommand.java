package dev.plimsoll.cli.topics;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.Shown;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

@Command(
        name = "tail",
        mixinStandardHelpOptions = true,
        description = {
            "Prints a topic's committed records from the first on, one JSON "
                    + "object per line, until it is interrupted.",
            "",
            "A line has atMillis, partition, offset, key, type (the type of "
                    + "the CloudEvent) and value. A record that is not JSON, such as a "
                    + "tensor, has bytes instead of value: the number of its bytes. A record "
                    + "that is not of the run has foreign, which says why; the run's processes "
                    + "pass it over.",
            ""
        })
final class TailCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Parameters(
            paramLabel = "TOPIC",
            description = "The topic's name without the prefix, e.g. journal, telemetry, "
                    + "commands or reports.")
    String topic;

    @Option(
            names = "--once",
            description =
                    "The command ends when it has printed the records that are there " + "now.")
    boolean once;

    private final ObjectMapper json = Json.mapper();

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        String name = broker.topics().prefix() + "." + topic;
        // anybody's: what is not of the run is shown too
        Clients clients = broker.clients();
        RunSeal seal = new RunSeal(clients, broker.topics());
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-tail")) {
            List<TopicPartition> partitions = TopicScan.partitions(reader, name);
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            while (!once || partitions.stream().anyMatch(p -> reader.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(500))) {
                    out.println(Shown.json(json.writeValueAsString(line(record, seal))));
                }
                out.flush();
            }
        }
        return ExitCode.DONE.number();
    }

    private ObjectNode line(ConsumerRecord<byte[], byte[]> record, RunSeal seal) {
        ObjectNode line = json.createObjectNode()
                .put("atMillis", record.timestamp())
                .put("partition", record.partition())
                .put("offset", record.offset());
        seal.problem(record).ifPresent(why -> line.put("foreign", why));
        if (record.key() != null) {
            line.put("key", new String(record.key(), UTF_8));
        }
        String type = WireHeaders.find(record.headers(), WireHeaders.TYPE);
        if (type != null) {
            line.put("type", type);
        }
        JsonNode value = value(record.value());
        return value == null
                ? line.put("bytes", record.value() == null ? 0 : record.value().length)
                : line.set("value", value);
    }

    /** The JSON object, or null if the bytes are none. */
    private JsonNode value(byte[] bytes) {
        if (bytes == null || bytes.length == 0 || bytes[0] != '{') {
            return null;
        }
        try {
            return json.readTree(bytes);
        } catch (IOException e) {
            return null;
        }
    }
}
