package dev.plimsoll.cli.samples;

import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.SampleReading;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Calls and tools of one file that hold null where they probably hold nothing. Arrow gives all
 * structs of a column the same fields, so JSON written from such a table has each call's arguments
 * at every other call, as null. Of Parquet these are left out; JSON may mean them, so they are kept
 * and told.
 */
final class NullFields {

    private long calls;
    private long tools;

    void add(SampleReading reading) {
        if (reading.outcome() instanceof Conversation conversation) {
            for (Message message : conversation.messages()) {
                calls += each(message.fields().get("tool_calls"))
                        .filter(call -> holdsNull(function(call).get("arguments")))
                        .count();
            }
            tools += each(conversation.variables().get("tools"))
                    .filter(tool -> function(tool).get("parameters") instanceof Map<?, ?> schema
                            && holdsNull(schema.get("properties")))
                    .count();
        }
    }

    void clear() {
        calls = 0;
        tools = 0;
    }

    /** A sentence; empty where there are none. */
    Optional<String> line() {
        List<String> found = new ArrayList<>();
        if (calls > 0) {
            found.add(calls + (calls == 1 ? " call has" : " calls have") + " arguments");
        }
        if (tools > 0) {
            found.add(tools + (tools == 1 ? " tool has" : " tools have") + " properties");
        }
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(String.join(" and ", found) + " that are null, and the chat template"
                        + " gets them so. Tables of Arrow fill in such fields where they write"
                        + " JSON; if nobody meant them, leave them out, or submit the table as"
                        + " Parquet, of which they are left out");
    }

    private static Stream<Map<?, ?>> each(Object list) {
        return list instanceof List<?> all
                ? all.stream().filter(Map.class::isInstance).map(one -> (Map<?, ?>) one)
                : Stream.empty();
    }

    /** Calls and tools are given with and without {@code function} around them. */
    private static Map<?, ?> function(Map<?, ?> given) {
        return given.get("function") instanceof Map<?, ?> inner ? inner : given;
    }

    /** A field of an object at any depth; nulls in lists are kept of Parquet, too. */
    private static boolean holdsNull(Object value) {
        return switch (value) {
            case Map<?, ?> map -> map.values().stream().anyMatch(v -> v == null || holdsNull(v));
            case List<?> list -> list.stream().anyMatch(v -> v != null && holdsNull(v));
            case null, default -> false;
        };
    }
}
