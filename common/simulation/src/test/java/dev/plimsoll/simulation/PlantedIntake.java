package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.ingest.IngestDriver;
import dev.plimsoll.coordinator.ingest.IngestTransaction;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What ingest is given at its start, and how a missing defence would change it. */
final class PlantedIntake {
    private PlantedIntake() {}

    static Optional<IngestTransaction> opened(SimWorld world, IngestDriver driver) {
        SimIntakeTopics topics = world.intake;
        List<ConsumerRecord<byte[], byte[]>> rejected =
                world.plant == Plant.INGEST_READS_TO_STABLE_END
                        ? read(world, topics.rejected.subList(0, topics.stableRejected))
                        : read(world, topics.rejected);
        List<ConsumerRecord<byte[], byte[]>> tokenized = read(world, topics.tokenized);
        Map<Integer, Long> offsets = new TreeMap<>(topics.offsets);
        switch (world.plant) {
            case INGEST_FORGETS_IDS -> {
                tokenized.stream()
                        .filter(record -> !Seal.isForeign(record))
                        .forEach(record ->
                                advance(offsets, SimIntakeTopics.head(record).origin()));
                rejected.stream()
                        .filter(record -> !Seal.isForeign(record))
                        .forEach(record -> advance(offsets, decoded(record).origin()));
            }
            case INGEST_OFFSETS_APART, INGEST_OFFSETS_BEFORE_OUTPUT -> {
                tokenized.stream()
                        .filter(record -> !Seal.isForeign(record))
                        .forEach(record -> driver.tokenizedRead(withoutPosition(record)));
                rejected.stream()
                        .filter(record -> !Seal.isForeign(record))
                        .forEach(record -> driver.rejectedRead(withoutPosition(record)));
            }
            default -> {
                tokenized.forEach(driver::tokenizedRead);
                rejected.forEach(driver::rejectedRead);
            }
        }
        return driver.opened(offsets);
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(
            SimWorld world, List<ConsumerRecord<byte[], byte[]>> log) {
        return log.stream().map(world.gate::read).toList();
    }

    static Optional<IngestTransaction> assigned(
            SimWorld world, IngestDriver driver, Map<Integer, Long> beginnings) {
        Optional<IngestTransaction> booking = driver.assigned(beginnings);
        if (world.plant == Plant.INGEST_KEEPS_GAP_QUIET) {
            booking.ifPresent(transaction -> transaction.records().clear());
        }
        return booking;
    }

    static SortedMap<Integer, Long> positions(SimWorld world, IngestDriver driver) {
        SortedMap<Integer, Long> positions = driver.positions();
        if (world.plant == Plant.INGEST_BEGINS_AT_THE_END) {
            positions.replaceAll((partition, at) ->
                    (long) world.intake.samples.get(partition).size());
        }
        return positions;
    }

    private static void advance(Map<Integer, Long> offsets, SampleOrigin origin) {
        offsets.merge(origin.partition(), origin.offset() + 1, Math::max);
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
