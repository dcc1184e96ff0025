package dev.plimsoll.wire.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.tensor.ShardManifest;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * JSON values with CloudEvents headers (binary content mode of the Kafka protocol binding): the
 * value alone is readable by any console consumer, {@code ce_type} names family, record and
 * version.
 */
public final class WireCodec<T> {

    // before the codecs: they register their types with it
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .addModule(new Jdk8Module())
            .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    public static final WireCodec<Command> COMMANDS =
            new WireCodec<>(Command.class, "plimsoll.command");
    public static final WireCodec<Report> REPORTS =
            new WireCodec<>(Report.class, "plimsoll.report");
    public static final WireCodec<Telemetry> TELEMETRY =
            new WireCodec<>(Telemetry.class, "plimsoll.telemetry");
    public static final WireCodec<Control> CONTROL =
            new WireCodec<>(Control.class, "plimsoll.control");
    public static final WireCodec<JournalRecord> JOURNAL =
            new WireCodec<>(JournalRecord.class, "plimsoll.journal");
    public static final WireCodec<StepRecord> STEPS =
            new WireCodec<>(StepRecord.class, "plimsoll.step");
    public static final WireCodec<RejectedSample> REJECTED =
            new WireCodec<>(RejectedSample.class, "plimsoll.rejected");
    public static final WireCodec<ContributionManifest> CONTRIBUTION_MANIFESTS =
            new WireCodec<>(ContributionManifest.class, "plimsoll.contribution-manifest");
    public static final WireCodec<ShardManifest> SHARD_MANIFESTS =
            new WireCodec<>(ShardManifest.class, "plimsoll.shard-manifest");

    /**
     * The version of every record as written now; raised per family when a change is not additive.
     */
    public static final String VERSION = "v1";

    private final Class<T> family;
    private final String typePrefix;

    private WireCodec(Class<T> family, String typePrefix) {
        this.family = family;
        this.typePrefix = typePrefix;
        registerLeaves(family);
    }

    private static void registerLeaves(Class<?> type) {
        if (type.isSealed()) {
            for (Class<?> permitted : type.getPermittedSubclasses()) {
                registerLeaves(permitted);
            }
        } else {
            JSON.registerSubtypes(new com.fasterxml.jackson.databind.jsontype.NamedType(
                    type, type.getSimpleName()));
        }
    }

    /** The mapper behind every family, for JSON that is not a record of its own. */
    public static ObjectMapper json() {
        return JSON;
    }

    public String toJson(T value) {
        try {
            return JSON.writerFor(family).writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + value, e);
        }
    }

    /**
     * Throws IllegalArgumentException, with the parser's explanation, when it is not a record of
     * the family.
     */
    public T fromJson(String json) {
        try {
            T value = JSON.readerFor(family).readValue(json);
            if (value == null) {
                throw new IllegalArgumentException("the value is null");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }

    /**
     * @param source who writes it: the CloudEvents source
     * @param id unique within the source: a repeated send carries the same
     */
    public ProducerRecord<byte[], byte[]> toRecord(
            String topic, Integer partition, String key, T value, String source, String id) {
        List<Header> headers = List.of(
                header("ce_specversion", "1.0"),
                header("ce_id", id),
                header("ce_source", "/plimsoll/" + source),
                header("ce_type", ceType(value)),
                header("content-type", "application/json"));
        return new ProducerRecord<>(topic, partition, utf8(key), utf8(toJson(value)), headers);
    }

    public String ceType(T value) {
        return typePrefix + "." + value.getClass().getSimpleName() + "." + VERSION;
    }

    public Decoded<T> decode(ConsumerRecord<byte[], byte[]> record) {
        String where = record.topic() + "-" + record.partition() + " at offset " + record.offset();
        if (record.value() == null) {
            return new Decoded.Malformed<>(where, "the record has no value");
        }
        try {
            T value = JSON.readerFor(family).readValue(record.value());
            return value == null
                    ? new Decoded.Malformed<>(where, "the value is null")
                    : new Decoded.Ok<>(value);
        } catch (JsonProcessingException e) {
            return new Decoded.Malformed<>(
                    where, "not a record of " + typePrefix + ": " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    public static Header header(String key, String value) {
        return new RecordHeader(key, utf8(value));
    }

    public static byte[] utf8(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
