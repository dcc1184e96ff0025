package dev.plimsoll.coordinator.planner.driver;

import dev.plimsoll.wire.protocol.Control;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Holds a Finish until everything that was submitted before it has reached the planner. First the
 * ends of {@code samples} are taken. Then ingest must have dealt with everything before them. Only
 * then is the end of {@code tokenized} taken: everything that ingest made of those samples lies
 * before it. When the planner has read to that end, the Finish passes.
 *
 * <p>Reads no offsets itself: it asks, and is answered.
 */
public final class FinishRule {
    private final long checkMillis;
    private Optional<Held> held = Optional.empty();
    private Optional<SortedMap<Integer, Long>> sampleEnds = Optional.empty();
    private OptionalLong tokenizedEnd = OptionalLong.empty();
    private boolean ingested;
    private OptionalLong checkedMillis = OptionalLong.empty();
    private Optional<FinishQuestion> asked = Optional.empty();

    private record Held(Control.Finish finish, long offset) {}

    /** @param check between two questions of how far ingest is; at least a millisecond */
    public FinishRule(Duration check) {
        this.checkMillis = check.toMillis();
        if (checkMillis < 1) {
            throw new IllegalArgumentException("between two questions lie " + check);
        }
    }

    /** A later Finish waits for more, and stands for the earlier one too, whose offset is kept. */
    public void hold(Control.Finish finish, long offset) {
        held = Optional.of(held.orElse(new Held(finish, offset)));
        forgetOffsets();
    }

    public boolean isHolding() {
        return held.isPresent();
    }

    /** Where the Finish that is held lies in the topic {@code control}. */
    public OptionalLong heldOffset() {
        return held.map(is -> OptionalLong.of(is.offset())).orElse(OptionalLong.empty());
    }

    /** What must be answered next; empty when nothing is, or not yet. */
    public Optional<FinishQuestion> question(long elapsedMillis) {
        asked = next(elapsedMillis);
        if (asked.orElse(null) instanceof FinishQuestion.IngestedTo) {
            checkedMillis = OptionalLong.of(elapsedMillis);
        }
        return asked;
    }

    private Optional<FinishQuestion> next(long elapsedMillis) {
        if (held.isEmpty() || tokenizedEnd.isPresent()) {
            return Optional.empty();
        }
        if (sampleEnds.isEmpty()) {
            return Optional.of(new FinishQuestion.SampleEnds());
        }
        if (ingested) {
            return Optional.of(new FinishQuestion.TokenizedEnd());
        }
        boolean justChecked = checkedMillis.isPresent()
                && elapsedMillis - checkedMillis.getAsLong() < checkMillis;
        return justChecked
                ? Optional.empty()
                : Optional.of(new FinishQuestion.IngestedTo(sampleEnds.orElseThrow()));
    }

    /** Throws IllegalStateException when nothing was asked, or a partition is missing. */
    public void answer(SortedMap<Integer, Long> offsets) {
        FinishQuestion question = asked.orElseThrow(
                () -> new IllegalStateException("nothing was asked; the answer is " + offsets));
        asked = Optional.empty();
        switch (question) {
            case FinishQuestion.SampleEnds ends -> sampleEnds = Optional.of(new TreeMap<>(offsets));
            case FinishQuestion.IngestedTo(var ends) -> {
                require(offsets.keySet().containsAll(ends.keySet()), question, offsets);
                ingested = ends.entrySet().stream()
                        .allMatch(end -> offsets.get(end.getKey()) >= end.getValue());
            }
            case FinishQuestion.TokenizedEnd end -> {
                require(offsets.containsKey(0), question, offsets);
                tokenizedEnd = OptionalLong.of(offsets.get(0));
            }
        }
    }

    private static void require(
            boolean complete, FinishQuestion question, SortedMap<Integer, Long> offsets) {
        if (!complete) {
            throw new IllegalStateException(offsets + " does not answer " + question);
        }
    }

    /** The Finish, once: when the planner has read {@code tokenized} far enough. */
    public Optional<Control.Finish> pass(long tokenizedPosition) {
        if (held.isEmpty()
                || tokenizedEnd.isEmpty()
                || tokenizedPosition < tokenizedEnd.getAsLong()) {
            return Optional.empty();
        }
        Control.Finish finish = held.orElseThrow().finish();
        held = Optional.empty();
        forgetOffsets();
        return Optional.of(finish);
    }

    private void forgetOffsets() {
        sampleEnds = Optional.empty();
        tokenizedEnd = OptionalLong.empty();
        ingested = false;
        checkedMillis = OptionalLong.empty();
        asked = Optional.empty();
    }
}
