package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Seal;

import java.util.Map;
import java.util.Set;

/**
 * Which topics a run's processes alone write to, and the seal by which they know each other's
 * records.
 */
record RunGate(Set<String> topics, Seal seal) {

    private static final String PREFIX = "plimsoll.gate.prefix";
    private static final String KEY = "plimsoll.gate.key";

    boolean isSealed(String topic) {
        return topics.contains(topic);
    }

    /** For a client's settings, from which {@link #of} makes it again. */
    static Map<String, Object> settings(String prefix, String key) {
        return Map.of(PREFIX, prefix, KEY, key);
    }

    static RunGate of(Map<String, ?> settings) {
        return new RunGate(new Topics((String) settings.get(PREFIX)).sealed(), new Seal((String)
                settings.get(KEY)));
    }
}
