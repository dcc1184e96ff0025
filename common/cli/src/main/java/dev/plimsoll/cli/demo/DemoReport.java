package dev.plimsoll.cli.demo;

import com.fasterxml.jackson.databind.SerializationFeature;

import dev.plimsoll.cli.RunComparison;
import dev.plimsoll.cli.audit.AuditCounts;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/** What happened, as {@code --report} writes it. */
record DemoReport(
        String verdict,
        String adapter,
        List<Step> steps,
        HeldOut heldOut,
        AuditCounts audit,
        List<String> events,
        SortedMap<String, Long> peakBytes,
        SortedMap<String, Double> wallSeconds) {

    record Step(
            long step,
            double loss,
            long tokens,
            long lossTokens,
            int samples,
            int microBatches,
            int workers,
            long stepMillis,
            double tokensPerSecond,
            double gradientNorm,
            double learningRate,
            List<String> members,
            List<String> notes) {

        /** @param members the step's samples, by partition and offset in the topic samples */
        static Step of(StepRecord step, List<SampleOrigin> members) {
            return new Step(
                    step.step(),
                    step.loss(),
                    step.counts().tokens(),
                    step.counts().lossTokens(),
                    step.counts().samples(),
                    step.counts().microBatches(),
                    step.counts().workers(),
                    step.rates().stepMillis(),
                    step.rates().tokensPerSecond(),
                    step.rates().gradientNorm(),
                    step.rates().learningRate(),
                    RunComparison.names(members),
                    step.notes());
        }
    }

    /** Nats per trained token over the same sequences, never trained on. */
    record HeldOut(double before, double after, int sequences) {}

    void write(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Files.createDirectories(absolute.getParent());
        Path partial = absolute.resolveSibling(absolute.getFileName() + ".partial");
        Json.mapper().writer(SerializationFeature.INDENT_OUTPUT).writeValue(partial.toFile(), this);
        Files.move(partial, absolute, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
}
