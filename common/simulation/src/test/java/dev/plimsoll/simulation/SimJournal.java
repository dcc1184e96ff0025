package dev.plimsoll.simulation;

import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.JournalPlace;
import dev.plimsoll.wire.journal.JournalRecord;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.ArrayList;
import java.util.List;

/** The journal of a run with strangers, as it travels: each record of the planner is numbered. */
final class SimJournal {
    private final List<ConsumerRecord<byte[], byte[]>> log = new ArrayList<>();
    private long number;
    private long after = -1;

    /** One transaction. */
    void write(List<JournalRecord> records) {
        for (JournalRecord record : records) {
            ProducerRecord<byte[], byte[]> sent = Wire.JOURNAL.toRecord(
                    SimGate.NAMES.journal(), 0, "sim", record, "planner", "id-" + number);
            sent.headers().add(new JournalPlace(number++, after).toHeader());
            log.add(SimGate.at(log.size(), 0, SimGate.sealed(sent)));
        }
        after = log.size() - 1;
    }

    /** What lies there is the stranger's, and the planner's next record lies behind it. */
    void addOfStranger(ProducerRecord<byte[], byte[]> record) {
        log.add(SimGate.at(log.size(), 0, record));
    }

    List<ConsumerRecord<byte[], byte[]>> log() {
        return log;
    }
}
