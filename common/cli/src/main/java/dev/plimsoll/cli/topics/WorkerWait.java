package dev.plimsoll.cli.topics;

import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.Optional;

/** Says once, each time that it begins, that a run waits for a worker; a fold of its journal. */
final class WorkerWait {

    private final RunProgress progress = new RunProgress();
    private boolean told;

    void take(ConsumerRecord<byte[], byte[]> record) {
        if (Wire.JOURNAL.decode(record) instanceof Decoded.Ok<JournalRecord>(JournalRecord fact)) {
            progress.take(fact, record.timestamp());
        }
    }

    /** It is asked for when the journal is read to its end: what is over is not told. */
    Optional<String> begun() {
        boolean begins = progress.waitsForAWorker() && !told;
        told = progress.waitsForAWorker();
        return begins ? Optional.of(RunProgress.NO_WORKER) : Optional.empty();
    }
}
