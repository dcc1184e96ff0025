package dev.plimsoll.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.tensor.ShardManifest;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One file per record type and version, as it was first written: what was sent once must stay
 * readable. To add a type, run this test with -Dsurefire.jvm=-Dgolden.write=true and review the new
 * file.
 */
class GoldenWireTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    private static final Map<Class<?>, WireCodec<?>> CODECS = Map.of(
            Command.class, WireCodec.COMMANDS,
            Report.class, WireCodec.REPORTS,
            Telemetry.class, WireCodec.TELEMETRY,
            Control.class, WireCodec.CONTROL,
            JournalRecord.class, WireCodec.JOURNAL,
            StepRecord.class, WireCodec.STEPS,
            RejectedSample.class, WireCodec.REJECTED,
            ContributionManifest.class, WireCodec.CONTRIBUTION_MANIFESTS,
            ShardManifest.class, WireCodec.SHARD_MANIFESTS);

    static Stream<Object> everyRecord() {
        return WireSamples.all().stream();
    }

    @SuppressWarnings("unchecked")
    static <T> WireCodec<T> codecOf(T value) {
        return (WireCodec<T>) CODECS.entrySet().stream()
                .filter(entry -> entry.getKey().isInstance(value))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    @ParameterizedTest
    @MethodSource("everyRecord")
    void everyRecordStillReadsAndWritesItsGoldenFile(Object value) throws IOException {
        WireCodec<Object> codec = codecOf(value);
        Path file = GOLDEN.resolve(codec.ceType(value) + ".json");
        if (Boolean.getBoolean("golden.write") && !Files.exists(file)) {
            Files.createDirectories(GOLDEN);
            Files.writeString(
                    file,
                    WireCodec.json().readTree(codec.toJson(value)).toPrettyString() + "\n",
                    StandardCharsets.UTF_8);
        }
        String golden = Files.readString(file);
        assertThat(codec.fromJson(golden)).isEqualTo(value);
        assertThat(WireCodec.json().readTree(codec.toJson(value)))
                .isEqualTo(WireCodec.json().readTree(golden));
    }

    @ParameterizedTest
    @MethodSource("everyRecord")
    void everyRecordCrossesKafkaWithItsCloudEventsHeaders(Object value) {
        WireCodec<Object> codec = codecOf(value);
        ProducerRecord<byte[], byte[]> sent = codec.toRecord("t", 0, "key", value, "test", "id-1");
        assertThat(codec.decode(received(sent))).isEqualTo(new Decoded.Ok<>(value));
        assertThat(new String(sent.headers().lastHeader("ce_type").value(), StandardCharsets.UTF_8))
                .startsWith("plimsoll.")
                .endsWith(".v1");
        assertThat(sent.headers().lastHeader("ce_id").value())
                .isEqualTo("id-1".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everyPermittedRecordHasASample() {
        List<Class<?>> leaves = new ArrayList<>();
        for (Class<?> family : List.of(
                Command.class, Report.class, Telemetry.class, Control.class, JournalRecord.class)) {
            collectLeaves(family, leaves);
        }
        assertThat(WireSamples.all().stream().map(Object::getClass)).containsAll(leaves);
    }

    private static void collectLeaves(Class<?> type, List<Class<?>> leaves) {
        if (type.isSealed()) {
            for (Class<?> permitted : type.getPermittedSubclasses()) {
                collectLeaves(permitted, leaves);
            }
        } else {
            leaves.add(type);
        }
    }

    @Test
    void malformedRecordsAreValuesThatNamePlaceAndProblem() {
        for (String value : List.of(
                "",
                "{",
                "null",
                "[]",
                "{\"type\":\"Unheard\"}",
                "{\"type\":\"Contribute\"}",
                "{\"type\":\"Contribute\",\"workerId\":null,\"generation\":1,\"contribution\":1,\"step\":1,"
                        + "\"attempts\":[]} trailing")) {
            Decoded<Command> decoded = WireCodec.COMMANDS.decode(new ConsumerRecord<>(
                    "plimsoll.commands",
                    3,
                    99,
                    new byte[0],
                    value.getBytes(StandardCharsets.UTF_8)));
            assertThat(decoded).as(value).isInstanceOf(Decoded.Malformed.class);
            assertThat(((Decoded.Malformed<Command>) decoded).where())
                    .isEqualTo("plimsoll.commands-3 at offset 99");
        }
        assertThat(WireCodec.COMMANDS.decode(new ConsumerRecord<>("t", 0, 1, null, null)))
                .isInstanceOf(Decoded.Malformed.class);
    }

    @Test
    void fieldsAddedByALaterVersionAreIgnored() {
        assertThat(WireCodec.COMMANDS.fromJson(
                        "{\"type\":\"VersionCommitted\",\"step\":3,\"version\":4,\"new\":[1]}"))
                .isEqualTo(new Command.VersionCommitted(3, 4));
    }

    @Test
    void settingsThatCannotBeMeantAreRefusedByName() {
        assertThatThrownBy(() -> new StepSettings(0, 0, java.time.Duration.ZERO, 0, 0))
                .hasMessageContaining("samples-per-step is 0");
        assertThatThrownBy(() -> Projection.of("qproj"))
                .hasMessageContaining("'qproj'")
                .hasMessageContaining("q_proj");
        assertThatThrownBy(() -> new ShardLayout(3, 4)).hasMessageContaining("3 parameters");
        assertThatThrownBy(() -> new Topics("a b")).hasMessageContaining("'a b'");
    }

    static ConsumerRecord<byte[], byte[]> received(ProducerRecord<byte[], byte[]> sent) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(sent.topic(), sent.partition(), 5, sent.key(), sent.value());
        sent.headers().forEach(header -> record.headers().add(header));
        return record;
    }
}
