package dev.plimsoll.wire.codec;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A family's records as JSON values with CloudEvents headers (binary content mode of the Kafka
 * protocol binding): the value alone is readable by any console consumer, {@code ce_type} names
 * family, record and version. Names and versions are those of {@link WireFamily} and
 * {@link WireName}.
 */
public final class WireCodec<T> {

    private static final Pattern TYPE = Pattern.compile("(.+)\\.([^.]+)\\.v([0-9]{1,9})");

    private final WireFamily family;
    private final List<Class<?>> leaves;
    private final Map<String, Class<?>> leavesByType = new HashMap<>();
    private final Map<Class<?>, String> typesByLeaf = new HashMap<>();
    private final TypeTable table;
    private final ObjectReader reader;
    private final ObjectWriter writer;

    /** @param family marked as {@link WireFamily} */
    public WireCodec(Class<T> family) {
        this.family = family.getAnnotation(WireFamily.class);
        this.leaves = WireAnnotations.leaves(family);
        this.reader = Json.mapper().readerFor(family);
        this.writer = Json.mapper().writerFor(family);
        for (Class<?> leaf : leaves) {
            String type = prefix(leaf) + version(leaf);
            typesByLeaf.put(leaf, type);
            if (leavesByType.put(type, leaf) != null) {
                throw new IllegalStateException("two records are named " + type);
            }
        }
        this.table = new TypeTable(leavesByType);
    }

    private String prefix(Class<?> leaf) {
        return family.name() + "." + WireAnnotations.nameOf(leaf).value() + ".v";
    }

    private int version(Class<?> leaf) {
        int own = WireAnnotations.nameOf(leaf).version();
        return own == 0 ? family.version() : own;
    }

    public String toJson(T value) {
        try {
            return writer.writeValueAsString(value);
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
            T value = reader.readValue(json);
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
        return new ProducerRecord<>(
                topic,
                partition,
                WireHeaders.utf8(key),
                WireHeaders.utf8(toJson(value)),
                WireHeaders.cloudEvent(ceType(value), source, id, "application/json"));
    }

    /** For example {@code plimsoll.report.Ready.v1}. */
    public String ceType(T value) {
        return typesByLeaf.get(value.getClass());
    }

    /** The types that {@link #decode} reads, each with its record. */
    public Map<String, Class<?>> types() {
        return Map.copyOf(leavesByType);
    }

    /** Whether the header says that it is this record, of whatever version. */
    public boolean names(Class<? extends T> leaf, ConsumerRecord<byte[], byte[]> record) {
        String type = WireHeaders.find(record.headers(), WireHeaders.TYPE);
        return type != null && type.startsWith(prefix(leaf));
    }

    /**
     * The record, if the header {@code ce_type} names one of the family in a version that is known
     * here and the value is one. Where the family is {@link WireFamily#typeFromValue}, a record
     * without the header is read by its value alone.
     */
    public Decoded<T> decode(ConsumerRecord<byte[], byte[]> record) {
        Optional<String> unfit = RecordBounds.problem(record);
        if (unfit.isPresent()) {
            return malformed(record, unfit.get());
        }
        if (record.value() == null) {
            return malformed(record, "the record has no value");
        }
        Header header = record.headers().lastHeader(WireHeaders.TYPE);
        boolean named = header != null && header.value() != null;
        if (!named && !family.typeFromValue()) {
            return malformed(
                    record,
                    "header " + WireHeaders.TYPE + " is missing; a record of " + family.name()
                            + " has one, such as " + typesByLeaf.get(leaves.getFirst()));
        }
        Class<?> leaf = named ? table.find(header.value()) : null;
        if (named && leaf == null) {
            return malformed(record, unknown(new String(header.value(), StandardCharsets.UTF_8)));
        }
        try {
            T value = reader.readValue(record.value());
            if (value == null) {
                return malformed(record, "the value is null");
            }
            if (leaf != null && value.getClass() != leaf) {
                return malformed(
                        record,
                        "header " + WireHeaders.TYPE + " is '" + typesByLeaf.get(leaf)
                                + "' and the value is a "
                                + WireAnnotations.nameOf(value.getClass()).value());
            }
            Optional<String> impossible =
                    value instanceof Checked checked ? checked.impossible() : Optional.empty();
            return impossible.isPresent()
                    ? malformed(record, impossible.get())
                    : new Decoded.Ok<>(value);
        } catch (JsonProcessingException e) {
            return malformed(
                    record, "not a record of " + family.name() + ": " + e.getOriginalMessage());
        } catch (IOException e) {
            // bytes that look like UTF-16 or UTF-32 and are none
            return malformed(record, "not a record of " + family.name() + ": " + e.getMessage());
        }
    }

    private Decoded<T> malformed(ConsumerRecord<byte[], byte[]> record, String problem) {
        return new Decoded.Malformed<>(WireHeaders.where(record), problem);
    }

    private String unknown(String type) {
        String found = "header " + WireHeaders.TYPE + " is '" + WireHeaders.shown(type) + "'";
        Matcher parts = TYPE.matcher(type);
        if (!parts.matches() || !parts.group(1).equals(family.name())) {
            return found + ", which is not of the family " + family.name() + "; known are "
                    + known();
        }
        for (Class<?> leaf : leaves) {
            if (WireAnnotations.nameOf(leaf).value().equals(parts.group(2))) {
                return found + "; of " + parts.group(2) + " only version " + version(leaf)
                        + " is known";
            }
        }
        return found + "; the family " + family.name() + " has no such record; known are "
                + known();
    }

    private String known() {
        return leaves.stream().map(typesByLeaf::get).collect(joining(", "));
    }
}
