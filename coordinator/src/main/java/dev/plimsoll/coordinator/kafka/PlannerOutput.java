package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.coordinator.planner.Decision;
import dev.plimsoll.coordinator.planner.PlannerState;
import dev.plimsoll.coordinator.planner.SampleRejection;
import dev.plimsoll.coordinator.planner.Worker;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.sample.RejectedSample;

import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** Turns what the planner decided into records: which topic, partition, key and id each has. */
final class PlannerOutput {

    private static final String SOURCE = "planner";

    private final Topics topics;
    private final Function<SampleRejection, RejectedSample> rejections;
    private final String incarnation = UUID.randomUUID().toString().substring(0, 8);
    private long sent;

    PlannerOutput(Topics topics, Function<SampleRejection, RejectedSample> rejections) {
        this.topics = topics;
        this.rejections = rejections;
    }

    /** @param before the state that the decision was made on */
    List<ProducerRecord<byte[], byte[]>> records(PlannerState before, Decision decision) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        Map<String, Integer> lanes = lanes(before, decision);
        for (Command command : decision.commands()) {
            records.add(command(command, lanes));
        }
        for (StepRecord step : decision.steps()) {
            String id = "step-" + step.step();
            records.add(Wire.STEPS.toRecord(
                    topics.steps(), 0, Long.toString(step.step()), step, SOURCE, id));
        }
        for (SampleRejection rejection : decision.rejections()) {
            RejectedSample sample = rejections.apply(rejection);
            String id = "ordinal-" + rejection.sample().ordinal();
            records.add(Wire.REJECTED.toRecord(
                    topics.rejected(), 0, sample.sampleId(), sample, SOURCE, id));
        }
        return records;
    }

    ProducerRecord<byte[], byte[]> journal(JournalRecord record, String runId) {
        return Wire.JOURNAL.toRecord(topics.journal(), 0, runId, record, SOURCE, nextId());
    }

    ProducerRecord<byte[], byte[]> telemetry(Telemetry telemetry) {
        return Wire.TELEMETRY.toRecord(
                topics.telemetry(), null, telemetry.source(), telemetry, SOURCE, nextId());
    }

    private ProducerRecord<byte[], byte[]> command(Command command, Map<String, Integer> lanes) {
        int lane = switch (command) {
            case Command.Broadcast broadcast -> 0;
            case Command.Laned laned -> lanes.get(laned.workerId());
        };
        return Wire.COMMANDS.toRecord(
                topics.commands(),
                Topics.lanePartition(lane),
                Integer.toString(lane),
                command,
                SOURCE,
                nextId());
    }

    private static Map<String, Integer> lanes(PlannerState before, Decision decision) {
        Map<String, Integer> lanes = new HashMap<>();
        for (Worker worker : before.fleet().members()) {
            lanes.put(worker.workerId(), worker.lane());
        }
        for (JournalRecord record : decision.records()) {
            if (record instanceof JournalRecord.WorkerAdmitted admitted) {
                lanes.put(admitted.workerId(), admitted.lane());
            }
        }
        return lanes;
    }

    private String nextId() {
        return incarnation + "-" + sent++;
    }
}
