package dev.plimsoll.cli.demo;

import dev.plimsoll.audit.AuditCounts;
import dev.plimsoll.cli.results.RunComparison;
import dev.plimsoll.cli.samples.Rejections;
import dev.plimsoll.model.files.OwnReport;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * The report of a demo, as {@code --report} writes it.
 *
 * @param rejected why samples were rejected, with the first of each reason
 */
record DemoReport(
        String verdict,
        String adapter,
        List<Step> steps,
        List<Evaluation> evaluations,
        HeldOut heldOut,
        AuditCounts audit,
        List<Rejections.OfReason> rejected,
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

    /** What the run itself found on samples for evaluation. */
    record Evaluation(
            long version,
            double loss,
            double perplexity,
            long lossTokens,
            int samples,
            boolean best) {

        static Evaluation of(JournalRecord.EvaluationClosed is) {
            return new Evaluation(
                    is.version(),
                    is.loss(),
                    is.perplexity(),
                    is.lossTokens(),
                    is.samples(),
                    is.best());
        }
    }

    /**
     * The loss in nats per trained token over sequences that were never trained on, before and
     * after.
     */
    record HeldOut(double before, double after, int sequences) {}

    /** What {@code --report} writes to; see {@link OwnReport} for what it may replace. */
    static OwnReport file(Path path) {
        return OwnReport.of(path, DemoReport.class);
    }
}
