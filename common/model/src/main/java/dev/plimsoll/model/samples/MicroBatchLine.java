package dev.plimsoll.model.samples;

import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.List;

/**
 * One micro-batch that was trained, as a line of JSON beside a file of sequences: {@code {"lines":
 * [1, 2], "plan": {…}, "step": 7}}.
 *
 * @param lines the lines of that file on which its sequences lie, the first being 1
 * @param plan under which it was trained
 * @param step of which it was a part
 */
public record MicroBatchLine(List<Integer> lines, MemoryPlan plan, long step) {

    public MicroBatchLine {
        lines = List.copyOf(lines);
        if (lines.isEmpty() || lines.stream().anyMatch(line -> line < 1)) {
            throw new IllegalArgumentException("a micro-batch of the lines " + lines
                    + " cannot be trained; it needs at least one, and the first is 1");
        }
    }
}
