package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.codec.WireHeaders;

import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The gate before every reader of a run's topics; made by Kafka's client. In the place of a record
 * that is not of the run stands one without key and value, with a header that says why: no decoder
 * takes it, and whoever counts offsets still finds it.
 */
public final class SealedReader implements ConsumerInterceptor<byte[], byte[]> {

    private RunGate gate;

    @Override
    public void configure(Map<String, ?> settings) {
        gate = RunGate.of(settings);
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> changed = new LinkedHashMap<>();
        for (TopicPartition partition : records.partitions()) {
            if (gate.isSealed(partition.topic())) {
                List<ConsumerRecord<byte[], byte[]>> read = records.records(partition);
                List<ConsumerRecord<byte[], byte[]>> let = passed(read);
                if (let != read) {
                    changed.put(partition, let);
                }
            }
        }
        if (changed.isEmpty()) {
            return records;
        }
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> all = new LinkedHashMap<>();
        for (TopicPartition partition : records.partitions()) {
            all.put(partition, changed.getOrDefault(partition, records.records(partition)));
        }
        return new ConsumerRecords<>(all, records.nextOffsets());
    }

    /** The same list when all of them are of the run. */
    private List<ConsumerRecord<byte[], byte[]>> passed(List<ConsumerRecord<byte[], byte[]>> read) {
        List<ConsumerRecord<byte[], byte[]>> let = null;
        for (int i = 0; i < read.size(); i++) {
            Optional<String> problem = problem(read.get(i));
            if (problem.isPresent()) {
                if (let == null) {
                    let = new ArrayList<>(read);
                }
                ForeignRecords.count(read.get(i), problem.get());
                let.set(i, standIn(read.get(i), problem.get()));
            }
        }
        return let == null ? read : let;
    }

    /** What is thrown here would let the record pass. */
    private Optional<String> problem(ConsumerRecord<byte[], byte[]> record) {
        try {
            return gate.seal().problem(record);
        } catch (RuntimeException e) {
            return Optional.of("its seal cannot be looked at: " + e);
        }
    }

    private static ConsumerRecord<byte[], byte[]> standIn(
            ConsumerRecord<byte[], byte[]> record, String problem) {
        RecordHeaders headers = new RecordHeaders();
        headers.add(WireHeaders.header(Seal.FOREIGN, problem));
        return new ConsumerRecord<>(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestamp(),
                record.timestampType(),
                -1,
                -1,
                null,
                null,
                headers,
                record.leaderEpoch());
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        // nothing is to be done
    }

    @Override
    public void close() {
        // it holds nothing
    }
}
