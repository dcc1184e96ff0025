package dev.plimsoll.coordinator.web.live;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.coordinator.web.history.Evaluation;
import dev.plimsoll.coordinator.web.history.Rollback;
import dev.plimsoll.coordinator.web.history.RunHistory;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.run.RunSettings;

import org.apache.kafka.common.TopicPartition;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The course of another run, as its topics tell it now, to be compared with this one's.
 *
 * @param finished why it ended; null while it has not
 * @param steps the last {@link #MOST_STEPS}
 */
record OtherRun(
        String prefix,
        RunSettings settings,
        @JsonInclude(JsonInclude.Include.ALWAYS) String finished,
        LiveMessage.Steps steps,
        List<Evaluation> evaluations,
        List<Rollback> rollbacks) {

    static final int MOST_STEPS = 10_000;

    /** Offsets of which some are transactions' and no steps. */
    private static final int OFFSETS_FOR_THEM = 3 * MOST_STEPS;

    private static final String CLIENT = "plimsoll-page-compare";

    /** Empty when no coordinator has created a run there. Takes as long as its journal is. */
    static Optional<OtherRun> read(Clients clients, Topics topics) {
        RunHistory history = new RunHistory();
        String[] finished = new String[1];
        RunSettings settings;
        try (JournalReader journal = new JournalReader(clients, topics, CLIENT)) {
            Optional<RunSettings> run = journal.run();
            if (run.isEmpty()) {
                return Optional.empty();
            }
            settings = run.get();
            journal.readAll(entry -> entry.fact().ifPresent(fact -> {
                history.apply(fact, entry.atMillis());
                if (fact instanceof JournalRecord.RunFinished(String note)) {
                    finished[0] = note;
                }
            }));
        }
        return Optional.of(new OtherRun(
                topics.prefix(),
                settings.shown(),
                finished[0],
                LiveMessage.Steps.of(steps(clients.of(settings, topics), topics)),
                history.evaluations().since(0).things(),
                history.rollbacks().since(0).things()));
    }

    private static List<StepRecord> steps(Clients clients, Topics topics) {
        List<StepRecord> steps = new ArrayList<>();
        TopicPartition partition = new TopicPartition(topics.steps(), 0);
        try (var consumer = clients.reader(CLIENT)) {
            PartitionReader reader = new PartitionReader(consumer);
            long end = reader.end(partition);
            long from = Math.max(reader.beginning(partition), end - OFFSETS_FOR_THEM);
            reader.read(partition, from, end, record -> {
                if (Wire.STEPS.decode(record) instanceof Decoded.Ok<StepRecord>(StepRecord step)) {
                    steps.add(step);
                }
            });
        }
        return steps.subList(Math.max(0, steps.size() - MOST_STEPS), steps.size());
    }
}
