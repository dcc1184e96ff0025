package dev.plimsoll.coordinator.planner.kafka;

import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.coordinator.planner.driver.Transaction;
import dev.plimsoll.coordinator.planner.driver.Transaction.LaneCommand;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalPlace;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.sample.RejectedSample;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * Turns what the planner decided into records: gives each a topic, a partition, a key and an id.
 */
final class PlannerOutput {

    private static final String SOURCE = "planner";

    private final Topics topics;
    private final Function<List<SampleRejection>, List<RejectedSample>> rejections;
    private final String incarnation = UUID.randomUUID().toString().substring(0, 8);
    private long sent;
    private long journaled;
    private long after = -1;
    private boolean numbers;

    PlannerOutput(Topics topics, Function<List<SampleRejection>, List<RejectedSample>> rejections) {
        this.topics = topics;
        this.rejections = rejections;
    }

    /** In the order: journal, commands, steps, evaluations, rejected samples. */
    List<ProducerRecord<byte[], byte[]>> records(Transaction transaction, String runId) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        transaction.records().forEach(record -> records.add(journal(record, runId)));
        transaction.commands().forEach(command -> records.add(command(command)));
        for (StepRecord step : transaction.steps()) {
            String id = "step-" + step.step();
            records.add(Wire.STEPS.toRecord(
                    topics.steps(), 0, Long.toString(step.step()), step, SOURCE, id));
        }
        for (EvaluationRecord evaluation : transaction.evaluations()) {
            String id = "evaluation-" + evaluation.version();
            records.add(Wire.EVALUATIONS.toRecord(
                    topics.evaluations(),
                    0,
                    Long.toString(evaluation.version()),
                    evaluation,
                    SOURCE,
                    id));
        }
        List<RejectedSample> described = rejections.apply(transaction.rejections());
        for (int i = 0; i < described.size(); i++) {
            RejectedSample sample = described.get(i);
            String id = "ordinal-" + transaction.rejections().get(i).sample().ordinal();
            records.add(Wire.REJECTED.toRecord(
                    topics.rejected(), 0, sample.sampleId(), sample, SOURCE, id));
        }
        return records;
    }

    /**
     * From here on the journal's records say which they are.
     *
     * @param numbered how many there are
     * @param lastOffset of the last one; -1 when there is none
     */
    void numbersJournal(long numbered, long lastOffset) {
        numbers = true;
        journaled = numbered;
        after = lastOffset;
    }

    /** Those of the journal know their numbers. They must be written, or this must not be used. */
    List<ProducerRecord<byte[], byte[]>> numbered(List<ProducerRecord<byte[], byte[]>> records) {
        if (numbers) {
            for (ProducerRecord<byte[], byte[]> record : records) {
                if (record.topic().equals(topics.journal())) {
                    record.headers().add(new JournalPlace(journaled++, after).toHeader());
                }
            }
        }
        return records;
    }

    void written(List<RecordMetadata> places) {
        for (RecordMetadata place : places) {
            if (place.topic().equals(topics.journal())) {
                after = Math.max(after, place.offset());
            }
        }
    }

    ProducerRecord<byte[], byte[]> journal(JournalRecord record, String runId) {
        return Wire.JOURNAL.toRecord(topics.journal(), 0, runId, record, SOURCE, nextId());
    }

    ProducerRecord<byte[], byte[]> telemetry(Telemetry telemetry) {
        return Wire.TELEMETRY.toRecord(
                topics.telemetry(), null, telemetry.source(), telemetry, SOURCE, nextId());
    }

    private ProducerRecord<byte[], byte[]> command(LaneCommand command) {
        return Wire.COMMANDS.toRecord(
                topics.commands(),
                Topics.lanePartition(command.lane()),
                Integer.toString(command.lane()),
                command.command(),
                SOURCE,
                nextId());
    }

    private String nextId() {
        return incarnation + "-" + sent++;
    }
}
