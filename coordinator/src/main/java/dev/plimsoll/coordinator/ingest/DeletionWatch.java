package dev.plimsoll.coordinator.ingest;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Notices samples that are deleted while they wait to be read. The channel's consumer would ask for
 * them for ever: the connector takes the broker's answer for a passing failure.
 */
final class DeletionWatch {

    private Map<Integer, Long> behind = Map.of();

    /**
     * What is wrong: a position that lies before its partition's beginning, now and at the look
     * before. Seen once, it may be records that are still on their way to be dealt with.
     */
    Optional<String> look(Map<Integer, Long> positions, Map<Integer, Long> beginnings) {
        Map<Integer, Long> before = behind;
        behind = new TreeMap<>(positions);
        behind.entrySet().removeIf(at -> at.getValue() >= beginnings.getOrDefault(at.getKey(), 0L));
        return behind.entrySet().stream()
                .filter(at -> at.getValue().equals(before.get(at.getKey())))
                .findFirst()
                .map(at -> "offset " + at.getValue() + " of partition " + at.getKey()
                        + " of samples was deleted before it was read; the next start "
                        + "books what is lost");
    }
}
