package dev.plimsoll.coordinator.ingest.kafka;

import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

import java.util.List;

/**
 * The chunks of the sequences in one transaction. Readers find a sequence's chunks at consecutive
 * offsets. A record of somebody else may come to lie between two of them, and then the sequence
 * could not be read: it is written again. Decision 0135.
 */
final class SequenceChunks {

    private final List<ProducerRecord<byte[], byte[]>> records;
    private final String tokenized;

    SequenceChunks(List<ProducerRecord<byte[], byte[]>> records, String tokenized) {
        this.records = records;
        this.tokenized = tokenized;
    }

    /** @param places of the records, in their order */
    boolean areTogether(List<RecordMetadata> places) {
        for (int i = 1; i < records.size(); i++) {
            if (continuesTheOneBefore(records.get(i))
                    && places.get(i).offset() != places.get(i - 1).offset() + 1) {
                return false;
            }
        }
        return true;
    }

    private boolean continuesTheOneBefore(ProducerRecord<byte[], byte[]> record) {
        return record.topic().equals(tokenized)
                && WireHeaders.number(record.headers(), TokenizedSample.CHUNK) > 0;
    }
}
