package dev.plimsoll.sources;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.model.samples.SampleShape;
import dev.plimsoll.wire.codec.Json;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Other names of fields: {@code prompt=question_text} says that the prompt stands in the field
 * {@code question_text}. It changes names at the top of a record and not a byte else.
 *
 * <p>Where a record has a field of the wanted name too, that one is set aside as
 * {@code unmapped.NAME}.
 *
 * @param wanted the names that {@link SampleShape} knows, by the names in the file
 */
public record FieldMap(Map<String, String> wanted) {

    /** Changes nothing. */
    public static final FieldMap NONE = new FieldMap(Map.of());

    /** Put before the name of a field that gave its name to another. */
    private static final String ASIDE = "unmapped.";

    public FieldMap {
        wanted = Collections.unmodifiableMap(new LinkedHashMap<>(wanted));
    }

    /**
     * @param pairs each {@code FIELD=NAME}: a field that Plimsoll knows, its name in the files
     * @throws UnusableSourceException with the remedy, if one is not that
     */
    public static FieldMap of(List<String> pairs) {
        Map<String, String> wanted = new LinkedHashMap<>();
        for (String pair : pairs) {
            int at = pair.indexOf('=');
            if (at <= 0 || at == pair.length() - 1) {
                throw new UnusableSourceException("'" + pair + "' maps no field; write FIELD=NAME,"
                        + " e.g. prompt=question_text");
            }
            String field = pair.substring(0, at);
            String name = pair.substring(at + 1);
            if (!SampleShape.fields().contains(field)) {
                throw new UnusableSourceException("'" + pair + "' maps the field " + field
                        + ", which no sample has; write FIELD=NAME with FIELD one of "
                        + String.join(", ", SampleShape.fields()));
            }
            if (wanted.containsKey(name) || wanted.containsValue(field)) {
                throw new UnusableSourceException("'" + pair
                        + "' names a field that an earlier pair names too; map each field once");
            }
            wanted.put(name, field);
        }
        return new FieldMap(wanted);
    }

    /**
     * The record with its fields renamed; the same array where there is nothing to rename, and
     * where the record is no JSON object.
     */
    public byte[] apply(byte[] record) {
        if (wanted.isEmpty()) {
            return record;
        }
        List<TopLevelNames.Name> names = TopLevelNames.of(record);
        Set<String> taken = new HashSet<>();
        names.forEach(name -> {
            if (wanted.containsKey(name.text())) {
                taken.add(wanted.get(name.text()));
            }
        });
        if (taken.isEmpty()) {
            return record;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(record.length + 32);
        int done = 0;
        for (TopLevelNames.Name name : names) {
            String text = name.text();
            String now = wanted.getOrDefault(text, taken.contains(text) ? ASIDE + text : text);
            if (!now.equals(text)) {
                out.write(record, done, name.from() - done);
                out.writeBytes(quoted(now));
                done = name.to();
            }
        }
        out.write(record, done, record.length - done);
        return out.toByteArray();
    }

    /** What the field of this name will be called. */
    public String nameOf(String name) {
        return wanted.getOrDefault(name, name);
    }

    private static byte[] quoted(String name) {
        try {
            return Json.mapper().writeValueAsString(name).getBytes(UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a string is always JSON: " + name, e);
        }
    }

    static String unquoted(byte[] record, int from, int to) {
        try {
            return Json.mapper().readValue(record, from, to - from, String.class);
        } catch (IOException e) {
            // no JSON string: the record is refused for it, whatever its names are
            return new String(record, from, to - from, UTF_8);
        }
    }
}
