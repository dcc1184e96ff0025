package dev.plimsoll.cli.samples;

import static dev.plimsoll.wire.codec.WireHeaders.header;

import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.sources.SourceFormat;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.TraceContext;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.SubmittedSample;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;

/**
 * Sends samples to the topic {@code samples}, each as it is. Ingest says what is wrong with one, so
 * that all submitters are judged alike. Not safe for use by several threads.
 */
public final class Submitter implements AutoCloseable {

    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final String sourceName;
    private final AtomicReference<Exception> failed = new AtomicReference<>();
    private final SentSamples sent = new SentSamples();
    private double traced;

    /**
     * How many samples were sent, of how many only the beginning, how many lines were blank, and
     * how much could not be read.
     */
    public record Counts(long sent, long oversize, long blank, long unreadable) {

        static final Counts NONE = new Counts(0, 0, 0, 0);

        Counts plus(Counts other) {
            return new Counts(
                    sent + other.sent,
                    oversize + other.oversize,
                    blank + other.blank,
                    unreadable + other.unreadable);
        }
    }

    /** For samples of the default source. */
    public Submitter(Clients clients, Topics topics, int partitionsIfNew) {
        this(clients, topics, partitionsIfNew, SourceName.DEFAULT);
    }

    /** @param sourceName of the source that the samples belong to */
    public Submitter(Clients clients, Topics topics, int partitionsIfNew, String sourceName) {
        ensureTopic(clients, topics, partitionsIfNew);
        this.topic = topics.samples();
        this.sourceName = sourceName;
        this.producer = clients.sampleWriter("plimsoll-submit");
    }

    /** @param share of the samples that begin a trace, 0 to 1; none without this call */
    void trace(double share) {
        traced = share;
    }

    /**
     * Sends all lines and returns when the broker has acknowledged every one.
     *
     * @param source the id of a sample without one is derived from this, its line number and its
     *     bytes
     * @param file the name of the file for messages
     */
    public Counts submit(String source, String file, InputStream in) {
        SourceOptions options = sourceOptions().withFormat(SourceFormat.JSONL);
        try (SampleSource lines = SampleSource.open(List.of("-"), options, in)) {
            SampleMaker maker = new SampleMaker(source, file);
            return submit(lines, maker, _ -> false);
        }
    }

    /**
     * Does the same with a file of any format, and leaves out the samples whose number is to be
     * skipped.
     */
    public Counts submit(Path file, LongPredicate skipped) {
        try (SampleSource samples = source(file)) {
            return submit(samples, new SampleMaker(null, false), skipped);
        }
    }

    /** The samples of a file, as they are submitted. */
    public static SampleSource source(Path file) {
        return source(file, Reading.AS_IT_LOOKS);
    }

    /** The same, for a file that is read as somebody said. */
    public static SampleSource source(Path file, Reading reading) {
        return SampleSource.open(List.of(file.toString()), reading.options());
    }

    private Counts submit(SampleSource samples, SampleMaker maker, LongPredicate skipped) {
        Counts counts = Counts.NONE;
        for (Optional<SourceItem> item = samples.next(); item.isPresent(); item = samples.next()) {
            boolean skips = item.get() instanceof SourceItem.Record record
                    && skipped.test(record.place().number());
            counts = skips ? counts : counts.plus(send(maker, item.get()));
        }
        flush();
        return counts;
    }

    /** Every record is kept as a whole that can be sent. */
    static SourceOptions sourceOptions() {
        return SourceOptions.defaults(SubmittedSample.MAX_BYTES, SubmittedSample.BEGINNING_BYTES);
    }

    /** What ingest says of a record of which only the beginning is kept. */
    public static SampleRefusal tooLarge(SourceItem.Oversize oversize) {
        return new SampleRefusal(
                RejectionReason.TOO_LARGE,
                "it has " + oversize.length() + " bytes and the most is "
                        + SubmittedSample.MAX_BYTES + "; split it");
    }

    /** Sends one item; the answer counts it. Throws {@link BrokerProblem} if one was not taken. */
    Counts send(SampleMaker maker, SourceItem item) {
        return switch (item) {
            case SourceItem.Opened opened -> {
                maker.opened(opened.file());
                yield Counts.NONE;
            }
            case SourceItem.Record record -> {
                send(maker.of(record).sample());
                yield new Counts(1, 0, 0, 0);
            }
            case SourceItem.Oversize oversize -> {
                send(maker.of(oversize));
                yield new Counts(1, 1, 0, 0);
            }
            case SourceItem.Broken _ -> new Counts(0, 0, 0, 1);
            case SourceItem.Blank _ -> new Counts(0, 0, 1, 0);
        };
    }

    private void send(SubmittedSample sample) {
        long fingerprint = SentSamples.fingerprint(sample.id(), sample.sha256());
        TraceContext trace = TraceContext.begin(sample.id() + "/" + sample.sha256());
        Iterator<ProducerRecord<byte[], byte[]>> records =
                sample.toRecords(topic).iterator();
        while (records.hasNext()) {
            ProducerRecord<byte[], byte[]> record = records.next();
            if (!sourceName.equals(SourceName.DEFAULT)) {
                record.headers().add(header(SourceName.HEADER, sourceName));
            }
            if (trace.isOfShare(traced)) {
                record.headers().add(trace.header());
            }
            // a sample's origin is the record that completes it
            boolean last = !records.hasNext();
            producer.send(record, (at, e) -> {
                if (e != null) {
                    failed.compareAndSet(null, e);
                } else if (last) {
                    sent.acknowledged(new SampleOrigin(at.partition(), at.offset()), fingerprint);
                }
            });
        }
        requireSent(
                "a sample up to " + sample.place().file() + ":" + sample.place().line());
    }

    /** Waits until the broker has acknowledged everything. */
    void flush() {
        producer.flush();
        requireSent("the last samples");
    }

    /** What the broker has acknowledged. */
    SentSamples sent() {
        return sent;
    }

    @Override
    public void close() {
        producer.close();
    }

    private void requireSent(String what) {
        Exception e = failed.get();
        if (e != null) {
            throw new BrokerProblem(
                    "the broker did not take " + what + " (" + e.getMessage()
                            + "); submit the file again when it is well: samples that arrived are "
                            + "not taken twice",
                    e);
        }
    }

    private static void ensureTopic(Clients clients, Topics topics, int partitions) {
        Topics.Spec spec = topics.specs(partitions, 1).stream()
                .filter(s -> s.name().equals(topics.samples()))
                .findFirst()
                .orElseThrow();
        try (Admin admin = clients.admin("plimsoll-submit")) {
            TopicAdmin.create(admin, List.of(spec), OptionalInt.empty());
        }
    }
}
