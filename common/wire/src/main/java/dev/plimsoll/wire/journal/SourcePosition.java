package dev.plimsoll.wire.journal;

/**
 * How far a run is with one source between two steps. Within a source, steps take sequences in the
 * epoch's order.
 *
 * @param rank as in {@link DataPosition}, of this source's first sequence that is not trained
 * @param turn when the source's next sample is due, as in {@link JournalRecord.StepOpened}
 */
public record SourcePosition(long rank, long turn) {}
