package dev.plimsoll.model.samples;

import java.util.List;
import java.util.Optional;

/**
 * What a record is, and how that was found.
 *
 * @param shape the shape it was taken for; empty if it has none, or is no JSON object
 * @param outcome the sample, or why it is none
 * @param leftAlone the fields that say nothing about training and were not looked at, in their
 *     order
 */
public record SampleReading(
        Optional<SampleShape> shape, ParseOutcome outcome, List<String> leftAlone) {

    public SampleReading {
        leftAlone = List.copyOf(leftAlone);
    }
}
