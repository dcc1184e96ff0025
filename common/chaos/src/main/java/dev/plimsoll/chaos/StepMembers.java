package dev.plimsoll.chaos;

import com.fasterxml.jackson.databind.SerializationFeature;

import dev.plimsoll.cli.results.RunComparison;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The samples that each step trained, in the form that {@code plimsoll compare} reads. */
record StepMembers(List<Step> steps) {

    /** @param members samples by partition and offset in the topic samples, e.g. "0:17" */
    record Step(long step, double loss, List<String> members) {}

    static StepMembers of(
            Collection<StepRecord> steps, Map<Long, List<SampleOrigin>> membersByVersion) {
        return new StepMembers(steps.stream()
                .map(step -> new Step(
                        step.step(),
                        step.loss(),
                        RunComparison.names(
                                membersByVersion.getOrDefault(step.version(), List.of()))))
                .toList());
    }

    void write(Path file) throws IOException {
        Json.mapper().writer(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), this);
    }
}
