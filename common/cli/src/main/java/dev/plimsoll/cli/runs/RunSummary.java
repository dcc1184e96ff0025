package dev.plimsoll.cli.runs;

import dev.plimsoll.cli.topics.LiveSigns;
import dev.plimsoll.cli.topics.RunProgress;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Shown;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.RunSettings;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * One run, as `plimsoll runs` shows it.
 *
 * @param state training, paused, finished, "waits for a worker", "no coordinator heard", or "not
 *     created" and "unreadable journal" where there is no run
 * @param step how many steps are done
 * @param lastStepAt when the last one was committed; empty before the first
 * @param workers how many gave a sign of life of late
 */
record RunSummary(
        String prefix,
        String runId,
        String model,
        String state,
        long step,
        Optional<String> lastStepAt,
        long trained,
        long waiting,
        int workers) {

    /** Signs of life are looked for so far back: coordinator and workers give one every second. */
    static final Duration LIVE = Duration.ofSeconds(10);

    private static final int MODEL_CHARACTERS = 40;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    static RunSummary read(Clients anybodys, Topics topics) {
        Optional<RunSettings> run;
        try {
            run = run(anybodys, topics);
        } catch (BrokerProblem e) {
            return none(topics, "unreadable journal");
        }
        if (run.isEmpty()) {
            return none(topics, "not created");
        }
        RunProgress progress = RunProgress.read(anybodys, topics);
        LiveSigns signs =
                LiveSigns.read(anybodys.of(run.get(), topics), topics, LIVE, Duration.ZERO);
        return new RunSummary(
                topics.prefix(),
                run.get().runId(),
                run.get().model().name(),
                state(progress, signs),
                progress.steps(),
                progress.lastStepMillis().stream()
                        .mapToObj(millis -> Instant.ofEpochMilli(millis).toString())
                        .findFirst(),
                progress.trained(),
                progress.waiting(),
                signs.workers().size());
    }

    private static RunSummary none(Topics topics, String state) {
        return new RunSummary(topics.prefix(), "", "", state, 0, Optional.empty(), 0, 0, 0);
    }

    private static Optional<RunSettings> run(Clients clients, Topics topics) {
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-runs")) {
            return journal.run();
        }
    }

    private static String state(RunProgress progress, LiveSigns signs) {
        if (progress.finished().isPresent()) {
            return "finished";
        }
        if (!signs.coordinator()) {
            return "no coordinator heard";
        }
        if (progress.isPaused()) {
            return "paused";
        }
        return progress.waitsForAWorker() ? "waits for a worker" : "training";
    }

    /** For people. */
    String line() {
        String shown = Shown.line(model, MODEL_CHARACTERS);
        return String.format(
                Locale.ROOT,
                "%-20s %-20s  step %,5d%s  %,9d trained  %,9d waiting  %d workers  %s",
                prefix,
                state,
                step,
                lastStepAt
                        .map(at -> " at "
                                + TIME.format(Instant.parse(at).atZone(ZoneId.systemDefault())))
                        .orElse(""),
                trained,
                waiting,
                workers,
                shown);
    }
}
