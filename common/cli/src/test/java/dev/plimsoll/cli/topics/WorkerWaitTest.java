package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

import java.util.Optional;

class WorkerWaitTest {

    private final WorkerWait wait = new WorkerWait();

    private void take(JournalRecord fact) {
        ProducerRecord<byte[], byte[]> sent =
                Wire.JOURNAL.toRecord("p.journal", 0, "run", fact, "planner", "id");
        wait.take(new ConsumerRecord<>(
                "p.journal",
                0,
                0,
                1,
                TimestampType.CREATE_TIME,
                0,
                0,
                sent.key(),
                sent.value(),
                new RecordHeaders(sent.headers()),
                Optional.empty()));
    }

    @Test
    void eachTimeItBeginsItIsToldOnce() {
        assertThat(wait.begun()).isEmpty();
        take(new JournalRecord.SampleAdmitted(
                new SequenceRef(0, 5, 4, 1), "s0", new SampleOrigin(0, 0)));
        assertThat(wait.begun()).contains("no worker is ready: it goes on when one joins");
        assertThat(wait.begun()).isEmpty();
        take(new JournalRecord.WorkerReady("anna", 1));
        assertThat(wait.begun()).isEmpty();
        take(new JournalRecord.WorkerLost("anna", 1, "left"));
        assertThat(wait.begun()).isPresent();
        assertThat(wait.begun()).isEmpty();
    }
}
