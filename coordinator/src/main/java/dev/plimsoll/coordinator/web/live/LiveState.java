package dev.plimsoll.coordinator.web.live;

import dev.plimsoll.coordinator.web.PlannerDetail;
import dev.plimsoll.coordinator.web.RunResource;
import dev.plimsoll.coordinator.web.StepsView;
import dev.plimsoll.coordinator.web.TelemetryView;
import dev.plimsoll.coordinator.web.history.Hull;
import dev.plimsoll.coordinator.web.history.Latest;
import dev.plimsoll.coordinator.web.history.RunHistory;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.ForeignRecords;

import jakarta.enterprise.context.ApplicationScoped;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Puts together what the page is sent, from the views. */
@ApplicationScoped
public class LiveState {

    private static final int RECENT = 50;

    private final RunResource run;
    private final StepsView steps;
    private final TelemetryView telemetry;
    private final JournalView journal;
    private final RejectedView rejected;
    private final LagView lag;

    LiveState(
            RunResource run,
            StepsView steps,
            TelemetryView telemetry,
            JournalView journal,
            RejectedView rejected,
            LagView lag) {
        this.run = run;
        this.steps = steps;
        this.telemetry = telemetry;
        this.journal = journal;
        this.rejected = rejected;
        this.lag = lag;
    }

    /** A message, and what the page has then. */
    record Told(LiveMessage message, LiveCursor seen) {}

    /** @param seen what the page has */
    Told since(LiveCursor seen) {
        RunHistory history = journal.history();
        Latest.News<StepRecord> newSteps = steps.all().since(seen.steps());
        var happenings = history.happenings().since(seen.happenings());
        var openings = history.openings().since(seen.openings());
        var microBatches = history.microBatches().since(seen.microBatches());
        var times = history.steps().since(seen.times());
        var evaluations = history.evaluations().since(seen.evaluations());
        var rollbacks = history.rollbacks().since(seen.rollbacks());
        var rejects = rejected.latest().since(seen.rejected());
        HullNews hulls = hulls(seen.hulls());
        SortedMap<String, Long> behind = lag.lag();
        LiveMessage.News news = new LiveMessage.News(
                LiveMessage.Steps.of(newSteps.things()),
                happenings.things(),
                openings.things(),
                microBatches.things().stream()
                        .map(is -> new LiveMessage.Trained(
                                is, telemetry.microBatch(is.attempt()).orElse(null)))
                        .toList(),
                times.things(),
                evaluations.things(),
                rollbacks.things(),
                rejects.things(),
                hulls.points());
        return new Told(
                new LiveMessage(
                        seen.equals(LiveCursor.START),
                        System.currentTimeMillis(),
                        run.run(),
                        run.detail().orElse(null),
                        new LiveMessage.Known(
                                history.admitted(), history.rejected(), timeLeft(behind)),
                        behind,
                        ForeignRecords.counts(),
                        rejected.counts(),
                        news),
                new LiveCursor(
                        newSteps.seen(),
                        happenings.seen(),
                        openings.seen(),
                        microBatches.seen(),
                        times.seen(),
                        evaluations.seen(),
                        rollbacks.seen(),
                        rejects.seen(),
                        hulls.seen()));
    }

    private record HullNews(
            SortedMap<String, LiveMessage.Hulls> points, SortedMap<String, Long> seen) {}

    private HullNews hulls(Map<String, Long> seen) {
        HullNews news = new HullNews(new TreeMap<>(), new TreeMap<>());
        telemetry.hulls().forEach((worker, hull) -> {
            Latest.News<Hull.Point> points = hull.since(seen.getOrDefault(worker, 0L));
            news.seen().put(worker, points.seen());
            if (!points.things().isEmpty()) {
                news.points().put(worker, LiveMessage.Hulls.of(points.things()));
            }
        });
        return news;
    }

    private TimeLeft timeLeft(SortedMap<String, Long> behind) {
        List<StepRecord> recent = steps.all().last(RECENT);
        double samples = recent.stream()
                .mapToInt(step -> step.counts().samples())
                .average()
                .orElse(0);
        long unread = behind.getOrDefault("samples", 0L) + behind.getOrDefault("tokenized", 0L);
        return run.detail()
                .map(PlannerDetail::left)
                .map(left ->
                        TimeLeft.of(left, unread, journal.history().steps().last(RECENT), samples))
                .orElse(null);
    }
}
