package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.coordinator.planner.PlannerState;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import java.util.ArrayList;
import java.util.List;

/**
 * The planner's state from its journal. Replay starts at the last snapshot, which is looked for
 * from the end in growing windows; without one, at the beginning. A record that cannot be read
 * stops the process: what it said is unknown.
 *
 * @param sinceSnapshot records replayed after the last snapshot
 */
record JournalFold(PlannerState state, int sinceSnapshot) {

    private static final long FIRST_WINDOW = 2_000;

    /** Call it after initTransactions, so that no transaction of an incumbent is still open. */
    static JournalFold read(PartitionReader reader, TopicPartition journal) {
        long beginning = reader.beginning(journal);
        long end = reader.end(journal);
        for (long window = FIRST_WINDOW; ; window *= 4) {
            long from = Math.max(beginning, end - window);
            List<JournalRecord> records = new ArrayList<>();
            reader.read(journal, from, end, record -> add(records, decode(record)));
            boolean complete = from == beginning
                    || (!records.isEmpty()
                            && records.getFirst() instanceof JournalRecord.SnapshotTaken);
            if (complete) {
                return fold(records);
            }
        }
    }

    /** What precedes a snapshot is in it. */
    private static void add(List<JournalRecord> records, JournalRecord record) {
        if (record instanceof JournalRecord.SnapshotTaken) {
            records.clear();
        }
        records.add(record);
    }

    private static JournalFold fold(List<JournalRecord> records) {
        PlannerState state = PlannerState.empty();
        records.forEach(state::apply);
        return new JournalFold(state, records.size());
    }

    private static JournalRecord decode(ConsumerRecord<byte[], byte[]> record) {
        return switch (Wire.JOURNAL.decode(record)) {
            case Decoded.Ok<JournalRecord>(var value) -> value;
            case Decoded.Malformed<JournalRecord>(var where, var problem) ->
                throw new IllegalStateException("the journal cannot be replayed: " + where + ": "
                        + problem + "; it was written by a newer version or by something else");
        };
    }
}
