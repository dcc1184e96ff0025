package dev.plimsoll.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What was sent once must stay readable: every golden file, old ones too, still reads, and the
 * newest of each record is what is written now. To add one, run this test with
 * -Dsurefire.jvm=-Dgolden.write=true and review the new file and the line in INDEX.
 */
class GoldenWireTest {

    private static final String CONTRIBUTE = "{\"type\":\"Contribute\",\"workerId\":\"w\","
            + "\"generation\":1,\"contribution\":1,\"step\":1,\"attempts\":[]}";

    static Stream<Object> everyRecord() {
        return WireSamples.all().stream();
    }

    @SuppressWarnings("unchecked")
    static <T> WireCodec<T> codecOf(T value) {
        return (WireCodec<T>) Wire.families().entrySet().stream()
                .filter(entry -> entry.getKey().isInstance(value))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    @ParameterizedTest
    @MethodSource("everyRecord")
    void everyRecordStillReadsAndWritesItsGoldenFiles(Object value) throws IOException {
        WireCodec<Object> codec = codecOf(value);
        GoldenFiles golden = GoldenFiles.read();
        if (Boolean.getBoolean("golden.write") && golden.of(codec.ceType(value)).isEmpty()) {
            golden.add(
                    codec.ceType(value) + ".json",
                    Json.mapper().readTree(codec.toJson(value)).toPrettyString() + "\n");
        }
        if (Boolean.getBoolean("golden.write")) {
            JsonNode written = Json.mapper().readTree(codec.toJson(value));
            SortedSet<String> added = new TreeSet<>();
            addFields(
                    written,
                    Json.mapper()
                            .readTree(golden.text(golden.of(codec.ceType(value)).getLast())),
                    added);
            if (!added.isEmpty()) {
                golden.add(
                        codec.ceType(value) + "+" + String.join("+", added) + ".json",
                        written.toPrettyString() + "\n");
            }
        }
        List<String> files = golden.of(codec.ceType(value));
        for (String file : files) {
            assertThat(codec.decode(received(codec.ceType(value), golden.text(file))))
                    .as(file)
                    .isInstanceOf(Decoded.Ok.class);
        }
        String newest = golden.text(files.getLast());
        assertThat(codec.fromJson(newest)).isEqualTo(value);
        assertThat(Json.mapper().readTree(codec.toJson(value)))
                .isEqualTo(Json.mapper().readTree(newest));
    }

    /** The names of fields that the second lacks. */
    private static void addFields(JsonNode of, JsonNode lacking, SortedSet<String> names) {
        of.fields().forEachRemaining(field -> {
            if (lacking.has(field.getKey())) {
                addFields(field.getValue(), lacking.get(field.getKey()), names);
            } else {
                names.add(field.getKey());
            }
        });
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
                        + "\"attempts\":[]}",
                CONTRIBUTE + " trailing")) {
            Decoded<Command> decoded =
                    Wire.COMMANDS.decode(received("plimsoll.command.Contribute.v1", value));
            assertThat(decoded).as(value).isInstanceOf(Decoded.Malformed.class);
            assertThat(((Decoded.Malformed<Command>) decoded).where())
                    .isEqualTo("t-3 at offset 99");
        }
        assertThat(Wire.COMMANDS.decode(received("plimsoll.command.Contribute.v1", CONTRIBUTE)))
                .isInstanceOf(Decoded.Ok.class);
        assertThat(Wire.COMMANDS.decode(new ConsumerRecord<>("t", 0, 1, null, null)))
                .isInstanceOf(Decoded.Malformed.class);
    }

    @Test
    void theHeaderMustNameARecordOfTheFamilyInAKnownVersion() {
        assertThat(problem("plimsoll.command.Contribute.v2"))
                .isEqualTo("header ce_type is 'plimsoll.command.Contribute.v2'; of Contribute only "
                        + "version 1 is known");
        assertThat(problem("plimsoll.command.Unheard.v1"))
                .startsWith("header ce_type is 'plimsoll.command.Unheard.v1'; the family "
                        + "plimsoll.command has no such record; known are ")
                .contains("plimsoll.command.Contribute.v1");
        assertThat(problem("plimsoll.report.Contributed.v1"))
                .contains("'plimsoll.report.Contributed.v1'")
                .contains("not of the family plimsoll.command");
        assertThat(problem("")).contains("''").contains("not of the family plimsoll.command");
        assertThat(problem("x".repeat(100_000))).hasSizeLessThan(2_000);
        assertThat(problem("plimsoll.command.Recall.v1"))
                .isEqualTo("header ce_type is 'plimsoll.command.Recall.v1' and the value is a "
                        + "Contribute");
        assertThat(problem(null))
                .isEqualTo("header ce_type is missing; a record of plimsoll.command has one, such "
                        + "as plimsoll.command.TrainMicroBatch.v1");
        ConsumerRecord<byte[], byte[]> record = received(null, CONTRIBUTE);
        record.headers().add("ce_type", null);
        assertThat(((Decoded.Malformed<Command>) Wire.COMMANDS.decode(record)).problem())
                .startsWith("header ce_type is missing");
    }

    private static String problem(String type) {
        return ((Decoded.Malformed<Command>) Wire.COMMANDS.decode(received(type, CONTRIBUTE)))
                .problem();
    }

    @Test
    void onlyARequestMayComeWithoutHeadersAsConsoleToolsSendIt() {
        String pause = "{\"type\":\"Pause\",\"requestedBy\":\"console\"}";
        assertThat(Wire.CONTROL.decode(received(null, pause)))
                .isEqualTo(new Decoded.Ok<>(new Control.Pause("console")));
        assertThat(Wire.CONTROL.decode(received("plimsoll.control.Pause.v2", pause)))
                .isInstanceOf(Decoded.Malformed.class);
        Map<Class<?>, WireCodec<?>> strict = new HashMap<>(Wire.families());
        strict.remove(Control.class);
        for (Object value : WireSamples.all()) {
            WireCodec<Object> codec = codecOf(value);
            if (strict.containsValue(codec)) {
                assertThat(codec.decode(received(null, codec.toJson(value))))
                        .as("%s", value)
                        .isInstanceOf(Decoded.Malformed.class);
            }
        }
    }

    @Test
    void aSnapshotOfAnotherVersionIsKnownToBeOne() {
        ConsumerRecord<byte[], byte[]> later =
                received("plimsoll.journal.SnapshotTaken.v9", "{\"new\":true}");
        assertThat(Wire.JOURNAL.names(JournalRecord.SnapshotTaken.class, later)).isTrue();
        assertThat(Wire.JOURNAL.decode(later)).isInstanceOf(Decoded.Malformed.class);
        assertThat(Wire.JOURNAL.names(JournalRecord.StepCommitted.class, later)).isFalse();
        assertThat(Wire.JOURNAL.names(JournalRecord.SnapshotTaken.class, received(null, "{}")))
                .isFalse();
    }

    @Test
    void fieldsAddedByALaterVersionAreIgnored() {
        assertThat(Wire.COMMANDS.fromJson(
                        "{\"type\":\"VersionCommitted\",\"step\":3,\"version\":4,\"new\":[1]}"))
                .isEqualTo(new Command.VersionCommitted(3, 4));
    }

    @Test
    void aRunWithoutSourcesWritesWhatItAlwaysWrote() {
        assertThat(Wire.JOURNAL.toJson(new JournalRecord.SampleAdmitted(
                        new SequenceRef(1, 2, 1, 1), "a", new SampleOrigin(0, 1))))
                .doesNotContain("source");
        assertThat(Wire.JOURNAL.toJson(new JournalRecord.StepOpened(1, List.of(1L), 2, "")))
                .doesNotContain("turns");
        assertThat(Wire.JOURNAL.toJson(
                        new JournalRecord.CheckpointBegun("c", 1, 1, new DataPosition(0, 4))))
                .doesNotContain("sources");
    }

    @Test
    void aSourceThatCannotBeMeantIsRefusedByItsValue() {
        assertThatThrownBy(() -> new Control.AddSource("a b", 1, "r", "cli"))
                .hasMessageContaining("'a b'");
        assertThatThrownBy(() -> new Control.WeighSource("a", 0, "r", "cli"))
                .hasMessageContaining("weight 0");
        assertThatThrownBy(() -> new Control.AddSource("a", 1_001, "r", "cli"))
                .hasMessageContaining("weight 1001");
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

    /** With no header at all when {@code type} is null. */
    static ConsumerRecord<byte[], byte[]> received(String type, String value) {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "t", 3, 99, new byte[0], value.getBytes(StandardCharsets.UTF_8));
        if (type != null) {
            record.headers().add(WireHeaders.header("ce_type", type));
        }
        return record;
    }

    static ConsumerRecord<byte[], byte[]> received(ProducerRecord<byte[], byte[]> sent) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(sent.topic(), sent.partition(), 5, sent.key(), sent.value());
        sent.headers().forEach(header -> record.headers().add(header));
        return record;
    }
}
