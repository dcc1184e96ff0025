package dev.plimsoll.coordinator.planner.driver;

import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.driver.Polled.ReadInput;
import dev.plimsoll.wire.protocol.Control;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far the planner's inputs are read, and what the journal says of it.
 *
 * <p>While a Finish is held, the journaled position of {@code control} stays before it, so that it
 * is read again after a restart. Everything else in {@code control} passes it. How far that is has
 * a position of its own: what has passed is not taken up again after a restart.
 */
public final class InputPositions {
    /** The names of the two partitions that the planner treats unlike reports. */
    public static final String TOKENIZED = "tokenized-0";

    public static final String CONTROL = "control-0";

    static final String CONTROL_PASSED = "control-passed";

    private final FinishRule finish;
    private final SortedMap<String, Long> read = new TreeMap<>();
    private final SortedMap<String, Long> endsAtStart;
    private final long passedAtStart;
    private final List<Input> deleted = new ArrayList<>();

    InputPositions(SortedMap<String, Long> journaled, StartOffsets start, FinishRule finish) {
        this.finish = finish;
        this.endsAtStart = start.ends();
        this.passedAtStart = journaled.getOrDefault(CONTROL_PASSED, 0L);
        start.beginnings().forEach((partition, beginning) -> {
            long position = journaled.getOrDefault(partition, 0L);
            if (position < beginning) {
                missed(partition, position, beginning);
            }
            read.put(partition, Math.max(position, beginning));
        });
    }

    /**
     * Records that were deleted. Where a Finish was held among them, everything up to what had
     * passed was read; and that there was a Finish is told by the positions.
     */
    private void missed(String partition, long position, long beginning) {
        long lost = position;
        if (partition.equals(CONTROL) && position < passedAtStart) {
            finish.hold(new Control.Finish("a request of before"), position);
            lost = passedAtStart;
        }
        if (lost < beginning) {
            deleted.add(new Input.InputsDeleted(partition, lost, beginning));
        }
    }

    /** The next offset to read, by partition. */
    SortedMap<String, Long> read() {
        return new TreeMap<>(read);
    }

    /** What the planner is to decide on now. */
    List<Input> take(Polled polled) {
        polled.positions().forEach(this::moveOn);
        List<Input> taken = new ArrayList<>(deleted);
        deleted.clear();
        for (ReadInput input : polled.inputs()) {
            requireBeforePosition(input);
            if (input.input() instanceof Input.Asked(Control.Finish held)) {
                finish.hold(held, input.offset());
            } else if (!input.partition().equals(CONTROL) || input.offset() >= passedAtStart) {
                taken.add(input.input());
            }
        }
        finish.pass(read.get(TOKENIZED)).map(Input.Asked::new).ifPresent(taken::add);
        return taken;
    }

    private void moveOn(String partition, long position) {
        Long before = read.get(partition);
        if (before == null || position < before) {
            throw new IllegalStateException(
                    "the position of " + partition + " was " + before + " and is " + position);
        }
        read.put(partition, position);
    }

    private void requireBeforePosition(ReadInput input) {
        if (input.offset() >= read.getOrDefault(input.partition(), 0L)) {
            throw new IllegalStateException(
                    input + " is not before the position " + read.get(input.partition()));
        }
    }

    /** What the journal is to say: a restart reads on from there. */
    SortedMap<String, Long> toJournal() {
        SortedMap<String, Long> positions = new TreeMap<>(read);
        positions.put(CONTROL_PASSED, Math.max(passedAtStart, read.get(CONTROL)));
        finish.heldOffset().ifPresent(offset -> positions.put(CONTROL, offset));
        return positions;
    }

    /** Whether all is read that was there at the start, but for samples that are not wanted yet. */
    boolean isCaughtUp(boolean wantsSamples) {
        return endsAtStart.entrySet().stream()
                .allMatch(end -> read.get(end.getKey()) >= end.getValue()
                        || (end.getKey().equals(TOKENIZED) && !wantsSamples));
    }
}
