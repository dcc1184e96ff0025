package dev.plimsoll.coordinator.web.live;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.coordinator.web.PlannerDetail;
import dev.plimsoll.coordinator.web.RunResource.RunJson;
import dev.plimsoll.coordinator.web.history.Evaluation;
import dev.plimsoll.coordinator.web.history.Hull;
import dev.plimsoll.coordinator.web.history.MicroBatch;
import dev.plimsoll.coordinator.web.history.Rollback;
import dev.plimsoll.coordinator.web.history.StepTimes;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.telling.Happening;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * What the page is sent. It holds the run as it stands, and of everything that grows what is new.
 *
 * @param all whether it has all that is kept: the page forgets what it had
 * @param run as {@code GET /api/run} says
 * @param detail null in a process without the planner
 * @param lag records that are not read yet, by topic
 * @param foreign records that were passed over, by topic
 */
record LiveMessage(
        boolean all,
        long atMillis,
        RunJson run,
        PlannerDetail detail,
        Known known,
        SortedMap<String, Long> lag,
        SortedMap<String, Long> foreign,
        Map<RejectionReason, Long> rejectedBy,
        News news) {

    /**
     * @param admitted sequences, by the journal
     * @param rejected of them
     * @param left null where it is not known
     */
    record Known(long admitted, long rejected, TimeLeft left) {}

    record News(
            Steps steps,
            List<Happening> happenings,
            List<Happening> openings,
            List<Trained> microBatches,
            List<StepTimes> times,
            List<Evaluation> evaluations,
            List<Rollback> rollbacks,
            List<RejectedView.Rejected> rejected,
            SortedMap<String, Hulls> hulls) {}

    /** @param measures null when they did not arrive */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Trained(MicroBatch is, TrainMeasures measures) {}

    /** Committed steps, by columns; notes of the last ones. */
    record Steps(
            long[] step,
            long[] version,
            double[] loss,
            double[] gradientNorm,
            double[] learningRate,
            long[] millis,
            long[] tokens,
            long[] samples,
            long[] microBatches,
            long[] workers,
            Map<Long, List<String>> notes) {

        private static final int WITH_NOTES = 200;

        static Steps of(List<StepRecord> steps) {
            return new Steps(
                    longs(steps, StepRecord::step),
                    longs(steps, StepRecord::version),
                    doubles(steps, StepRecord::loss),
                    doubles(steps, step -> step.rates().gradientNorm()),
                    doubles(steps, step -> step.rates().learningRate()),
                    longs(steps, step -> step.rates().stepMillis()),
                    longs(steps, step -> step.counts().tokens()),
                    longs(steps, step -> step.counts().samples()),
                    longs(steps, step -> step.counts().microBatches()),
                    longs(steps, step -> step.counts().workers()),
                    notes(steps.subList(Math.max(0, steps.size() - WITH_NOTES), steps.size())));
        }

        private static Map<Long, List<String>> notes(List<StepRecord> steps) {
            Map<Long, List<String>> notes = new TreeMap<>();
            for (StepRecord step : steps) {
                if (!step.notes().isEmpty()) {
                    notes.put(step.step(), step.notes());
                }
            }
            return notes;
        }

        private static long[] longs(List<StepRecord> steps, ToLongFunction<StepRecord> value) {
            return steps.stream().mapToLong(value).toArray();
        }

        private static double[] doubles(
                List<StepRecord> steps, ToDoubleFunction<StepRecord> value) {
            return steps.stream().mapToDouble(value).toArray();
        }
    }

    /** A worker's memory in KiB, and its tokens a second, by columns. */
    record Hulls(
            long[] at,
            long[] used,
            long[] peak,
            long[] others,
            long[] line,
            long[] forecast,
            long[] speed) {

        static Hulls of(List<Hull.Point> points) {
            return new Hulls(
                    points.stream().mapToLong(Hull.Point::atMillis).toArray(),
                    kib(points, Hull.Point::usedBytes),
                    kib(points, Hull.Point::peakBytes),
                    kib(points, Hull.Point::othersBytes),
                    kib(points, Hull.Point::lineBytes),
                    kib(points, Hull.Point::forecastBytes),
                    points.stream()
                            .mapToLong(point -> Math.round(point.tokensPerSecond()))
                            .toArray());
        }

        private static long[] kib(List<Hull.Point> points, ToLongFunction<Hull.Point> bytes) {
            return points.stream().mapToLong(bytes).map(b -> b >> 10).toArray();
        }
    }
}
