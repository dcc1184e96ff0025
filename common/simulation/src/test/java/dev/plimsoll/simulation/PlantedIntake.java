package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.ingest.IngestCore;
import dev.plimsoll.coordinator.ingest.IngestCore.Batch;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.List;
import java.util.Map;

/** What ingest is given at its start, and how a missing defence would change it. */
final class PlantedIntake {
    private PlantedIntake() {}

    static void fold(SimWorld world, IngestCore core) {
        SimIntakeTopics topics = world.intake;
        List<ConsumerRecord<byte[], byte[]>> rejected =
                world.plant == Plant.INGEST_READS_TO_STABLE_END
                        ? topics.rejected.subList(0, topics.stableRejected)
                        : topics.rejected;
        switch (world.plant) {
            case INGEST_FORGETS_IDS -> {
                topics.tokenized.forEach(
                        record -> advance(core, SimIntakeTopics.head(record).origin()));
                rejected.forEach(record -> advance(core, decoded(record).origin()));
            }
            case INGEST_OFFSETS_APART, INGEST_OFFSETS_BEFORE_OUTPUT -> {
                topics.tokenized.forEach(record -> core.tokenized(withoutPosition(record)));
                rejected.forEach(record -> core.rejected(withoutPosition(record)));
            }
            default -> {
                topics.tokenized.forEach(core::tokenized);
                rejected.forEach(core::rejected);
            }
        }
        topics.offsets.forEach(core::committed);
    }

    static Batch deleted(SimWorld world, IngestCore core, Map<Integer, Long> beginnings) {
        Batch batch = core.deleted(beginnings);
        return world.plant == Plant.INGEST_KEEPS_GAP_QUIET
                ? new Batch(List.of(), batch.nextOffsets(), batch.claims(), batch.counts())
                : batch;
    }

    private static void advance(IngestCore core, SampleOrigin origin) {
        core.committed(origin.partition(), origin.offset() + 1);
    }

    private static ConsumerRecord<byte[], byte[]> withoutPosition(
            ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value();
        if (record.topic().equals(SimIntakeTopics.NAMES.rejected())) {
            RejectedSample sample = decoded(record);
            value = Wire.REJECTED
                    .toRecord(record.topic(), 0, sample.sampleId(), nowhere(sample), "ingest", "")
                    .value();
        }
        ConsumerRecord<byte[], byte[]> changed =
                new ConsumerRecord<>(record.topic(), 0, record.offset(), record.key(), value);
        record.headers().forEach(changed.headers()::add);
        changed.headers()
                .remove("plimsoll_origin_offset")
                .add("plimsoll_origin_offset", new byte[] {'-', '1'});
        return changed;
    }

    private static RejectedSample nowhere(RejectedSample sample) {
        return new RejectedSample(
                sample.sampleId(),
                new SampleOrigin(sample.origin().partition(), -1),
                sample.source(),
                sample.reason(),
                sample.note(),
                sample.content());
    }

    private static RejectedSample decoded(ConsumerRecord<byte[], byte[]> record) {
        return ((Decoded.Ok<RejectedSample>) Wire.REJECTED.decode(record)).value();
    }
}
