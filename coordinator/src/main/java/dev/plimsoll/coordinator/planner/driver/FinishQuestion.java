package dev.plimsoll.coordinator.planner.driver;

import java.util.SortedMap;

/** What {@link FinishRule} needs to know next. The answer is offsets, by partition. */
public sealed interface FinishQuestion {

    /** Where does each partition of the topic {@code samples} end now? */
    record SampleEnds() implements FinishQuestion {}

    /**
     * Up to which offset has ingest durably dealt with each partition of {@code samples}? Where
     * nothing but transaction markers or deleted records lie before the end, the answer is the end.
     *
     * @param ends by partition
     */
    record IngestedTo(SortedMap<Integer, Long> ends) implements FinishQuestion {}

    /** Where does the topic {@code tokenized} end now? Its partition is 0. */
    record TokenizedEnd() implements FinishQuestion {}
}
