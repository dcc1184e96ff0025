package dev.plimsoll.coordinator.planner.liveness;

import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.wire.protocol.Report;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which shards could not read what a committed step is made of, and when to name it to them again.
 * A committed step only rolls forward, so there is no answer but to read again. Volatile as
 * {@link Liveness} is; immutable.
 *
 * <p>The answer waits for a tick and goes out once for all: it is a broadcast, and if each of k
 * failing shards were answered at once, each answer would bring k reports more, and the commands
 * would multiply without end. After a resume it is given unasked: what was noted before is
 * forgotten, while the reports count as read.
 */
public final class RereadSchedule {
    /**
     * A transient fault of the broker is over about as soon; a lasting one costs one reading a
     * second.
     */
    static final Duration PAUSE = Duration.ofSeconds(1);

    private static final long NEVER = Long.MAX_VALUE;

    /** By shard, the last report. */
    private final SortedMap<Integer, Report.ContributionUnusable> unread;

    /** The reports among the last inputs. They may have come after the tick among these. */
    private final SortedMap<Integer, Report.ContributionUnusable> latest;

    private final boolean resumed;
    private final long sinceMillis;
    private final boolean due;

    private RereadSchedule(
            SortedMap<Integer, Report.ContributionUnusable> unread,
            SortedMap<Integer, Report.ContributionUnusable> latest,
            boolean resumed,
            long sinceMillis,
            boolean due) {
        this.unread = unread;
        this.latest = latest;
        this.resumed = resumed;
        this.sinceMillis = sinceMillis;
        this.due = due;
    }

    static RereadSchedule resuming() {
        return new RereadSchedule(new TreeMap<>(), new TreeMap<>(), true, NEVER, false);
    }

    /**
     * Notes reports whatever the phase: in one poll, a clip may be fixed before the report's turn
     * comes.
     */
    RereadSchedule observe(List<Input> inputs, long nowMillis) {
        boolean unasked = resumed && !due;
        SortedMap<Integer, Report.ContributionUnusable> noted =
                new TreeMap<>(due ? latest : unread);
        boolean waiting = !due && (unasked || !noted.isEmpty());
        // not in the future, even when the clock was set back
        long since = waiting ? Math.min(sinceMillis, nowMillis) : nowMillis;
        SortedMap<Integer, Report.ContributionUnusable> now = new TreeMap<>();
        boolean ticked = false;
        for (Input input : inputs) {
            if (input instanceof Input.Reported(Report.ContributionUnusable unusable)) {
                now.put(unusable.shard(), unusable);
            }
            ticked |= input instanceof Input.Tick;
        }
        noted.putAll(now);
        return new RereadSchedule(
                noted,
                now,
                unasked,
                since,
                waiting && ticked && nowMillis - since >= PAUSE.toMillis());
    }

    /** Whether it is due after a resume, whatever was reported. */
    public boolean isDueUnasked() {
        return due && resumed;
    }

    /**
     * The version after which the steps are to be named again on the tick that was observed last;
     * empty when none are.
     */
    public OptionalLong due(PlannerState state) {
        if (!due) {
            return OptionalLong.empty();
        }
        if (resumed) {
            long oldest = IntStream.range(0, state.run().fleet().shards())
                    .mapToLong(state.versions()::saved)
                    .min()
                    .orElseThrow();
            return state.versions().since(oldest).isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(oldest);
        }
        return unread.values().stream()
                .filter(report -> awaits(state, report))
                .flatMap(report -> state.versions().ofStep(report.step()).stream())
                .mapToLong(step -> step.version() - 1)
                .min();
    }

    /** A shard may still owe the step, and what it could not read is what the step is made of. */
    public static boolean awaits(PlannerState state, Report.ContributionUnusable report) {
        return state.versions()
                .ofStep(report.step())
                .filter(step -> step.source().owner() == report.contribution()
                        && state.versions().saved(report.shard()) < step.version())
                .isPresent();
    }
}
