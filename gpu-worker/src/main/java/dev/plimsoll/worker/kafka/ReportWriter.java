package dev.plimsoll.worker.kafka;

import dev.plimsoll.wire.ParkedRecord;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.Telemetry;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Sends reports, telemetry and parked records; keyed by worker, so that one worker's reports keep
 * their order. Contributions have a producer of their own: a report does not wait behind one.
 */
public final class ReportWriter implements AutoCloseable {

    private final Producer<byte[], byte[]> producer;
    private final Topics topics;
    private final String source;
    private final Consumer<Throwable> onFailure;
    private final String idPrefix = UUID.randomUUID().toString();
    private final AtomicLong sent = new AtomicLong();

    /**
     * {@code onFailure}: a report could not be delivered within the producer's delivery timeout.
     */
    public ReportWriter(
            Clients clients, Topics topics, String source, Consumer<Throwable> onFailure) {
        this.producer = clients.writer(source);
        this.topics = topics;
        this.source = source;
        this.onFailure = onFailure;
    }

    public void send(Report report) {
        producer.send(
                Wire.REPORTS.toRecord(
                        topics.reports(),
                        Topics.reportPartition(report),
                        report.sender(),
                        report,
                        source,
                        nextId()),
                (metadata, problem) -> {
                    if (problem != null) {
                        onFailure.accept(problem);
                    }
                });
    }

    /** Lost telemetry is no failure. */
    public void send(Telemetry telemetry) {
        producer.send(Wire.TELEMETRY.toRecord(
                topics.telemetry(), null, telemetry.source(), telemetry, source, nextId()));
    }

    /** Puts a record that cannot be used where a person will find it. */
    public void park(ConsumerRecord<byte[], byte[]> record, String where, String problem) {
        producer.send(ParkedRecord.of(record, topics.parked(), where, problem, source));
    }

    private String nextId() {
        return idPrefix + "/" + sent.incrementAndGet();
    }

    public void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
