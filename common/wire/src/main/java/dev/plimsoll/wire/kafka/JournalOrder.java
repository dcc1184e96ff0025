package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.journal.JournalPlace;
import dev.plimsoll.wire.journal.JournalRecord;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.Optional;

/**
 * Which records of a journal are facts, in the order of one reading: where the run has a seal, only
 * its planners' records, each once by its number. Without a client: the simulation uses it too.
 * Decision 0130.
 */
public final class JournalOrder {

    private final Optional<Seal> seal;
    private final boolean known;
    private Optional<JournalPlace> last = Optional.empty();
    private long lastOffset = -1;

    /** @param known whether the run was created: what is read before it is nobody's */
    public JournalOrder(Optional<Seal> seal, boolean known) {
        this.seal = seal;
        this.known = known;
    }

    /** How many records the planners wrote, by the last one that was read. */
    public long numbered() {
        return last.map(place -> place.number() + 1).orElse(0L);
    }

    /** The offset of the last of them; -1 when there is none. */
    public long lastOffset() {
        return lastOffset;
    }

    /** The next record, as it lies there. */
    public JournalReader.Entry entry(ConsumerRecord<byte[], byte[]> record) {
        Decoded<JournalRecord> decoded = Wire.JOURNAL.decode(record);
        boolean isSnapshot = switch (decoded) {
            case Decoded.Ok<JournalRecord>(JournalRecord fact) ->
                fact instanceof JournalRecord.SnapshotTaken;
            case Decoded.Malformed<JournalRecord> unknown ->
                Wire.JOURNAL.names(JournalRecord.SnapshotTaken.class, record);
        };
        Optional<String> foreign = seal.flatMap(is -> is.problem(record));
        if (!known && decoded instanceof Decoded.Malformed<JournalRecord> malformed) {
            foreign = Optional.of("it is before any run, and " + malformed.problem());
        }
        Optional<JournalPlace> place =
                foreign.isPresent() ? Optional.empty() : JournalPlace.of(record.headers());
        Optional<String> gap = Optional.empty();
        if (place.isPresent() && seal.isPresent()) {
            long number = place.get().number();
            long next = last.isEmpty() ? number : numbered();
            if (number < next) {
                foreign = Optional.of("it is record " + number + " of the journal written again");
            } else if (number > next) {
                gap = Optional.of("records " + next + " to " + (number - 1)
                        + " of the journal are missing before offset " + record.offset());
            }
        }
        if (foreign.isPresent()) {
            ForeignRecords.count(record, foreign.get());
            place = Optional.empty();
        } else {
            last = place.or(() -> last);
            lastOffset = record.offset();
        }
        return new JournalReader.Entry(
                record.offset(), record.timestamp(), decoded, isSnapshot, foreign, gap, place);
    }
}
