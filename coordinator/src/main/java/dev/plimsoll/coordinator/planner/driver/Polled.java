package dev.plimsoll.coordinator.planner.driver;

import dev.plimsoll.coordinator.planner.decision.Input;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was read since the last turn.
 *
 * @param inputs in the order in which they were read; of one partition, in the order of offsets
 * @param positions by partition, the offset after the last record that was read, understood or not
 * @param unreadable whether there were records that could not be understood; they are put aside in
 *     the transaction of this turn, which there is in any case
 */
public record Polled(
        List<ReadInput> inputs, SortedMap<String, Long> positions, boolean unreadable) {
    public Polled {
        inputs = List.copyOf(inputs);
        positions = new TreeMap<>(positions);
    }

    /**
     * An input and its place.
     *
     * @param partition as the journal names it: the topic without its prefix, a dash, the partition
     */
    public record ReadInput(String partition, long offset, Input input) {}
}
