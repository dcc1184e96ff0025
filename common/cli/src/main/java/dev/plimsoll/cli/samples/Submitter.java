package dev.plimsoll.cli.samples;

import static dev.plimsoll.wire.codec.WireHeaders.header;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.SourceName;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Header;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;

/**
 * Sends lines to the topic {@code samples}, each as it is. Ingest says what is wrong with a line,
 * so that all submitters are judged alike. The key of a record is the id of the sample. For a line
 * over the limit it sends a marker: a record with the first bytes of the line and the header
 * {@code plimsoll_oversize}.
 */
public final class Submitter implements AutoCloseable {

    static final int KEEP_BYTES = 512 * 1024;
    static final int PREFIX_BYTES = 1024;
    private static final int BATCH_BYTES = 256 * 1024;

    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final String sourceName;
    private final AtomicReference<Exception> failed = new AtomicReference<>();

    /**
     * How many lines were sent, how many of them as markers, and how many were blank and not sent.
     */
    public record Counts(long sent, long oversize, long blank) {
        Counts plus(Counts other) {
            return new Counts(sent + other.sent, oversize + other.oversize, blank + other.blank);
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
        this.producer = oneRequestAtATime(clients).writer("plimsoll-submit");
    }

    /**
     * Sends all lines and returns when the broker has acknowledged every one.
     *
     * @param source the id of a sample without one is derived from this, its line number and its
     *     bytes
     * @param file the name of the file for messages
     */
    public Counts submit(String source, String file, InputStream in) throws IOException {
        return submit(source, file, in, _ -> false);
    }

    /** Does the same, and leaves out the lines whose number is to be skipped. */
    public Counts submit(String source, String file, InputStream in, LongPredicate skipped)
            throws IOException {
        LineReader lines = new LineReader(in, KEEP_BYTES, PREFIX_BYTES);
        Counts counts = new Counts(0, 0, 0);
        for (Optional<Line> line = lines.next(); line.isPresent(); line = lines.next()) {
            if (skipped.test(line.get().number())) {
                continue;
            }
            if (line.get().blank()) {
                counts = counts.plus(new Counts(0, 0, 1));
                continue;
            }
            producer.send(record(source, file, line.get()), (_, e) -> {
                if (e != null) {
                    failed.compareAndSet(null, e);
                }
            });
            requireSent(file, line.get().number());
            counts = counts.plus(new Counts(1, line.get().whole() ? 0 : 1, 0));
        }
        producer.flush();
        requireSent(file, -1);
        return counts;
    }

    @Override
    public void close() {
        producer.close();
    }

    /**
     * Allows one request at a time. A partition that does not know a producer accepts any of its
     * sequence numbers as the first one. If the first request failed and the second, already sent,
     * did not, the broker would refuse the first one until its time-out. Larger requests make up
     * for the waiting.
     */
    static Clients oneRequestAtATime(Clients clients) {
        Map<String, String> settings = new HashMap<>(clients.extra());
        settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1");
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(BATCH_BYTES));
        return new Clients(clients.bootstrap(), settings);
    }

    private ProducerRecord<byte[], byte[]> record(String source, String file, Line line) {
        String id = id(source, line);
        List<Header> headers = new ArrayList<>(List.of(
                header("ce_specversion", "1.0"),
                header("ce_id", id),
                header("ce_source", source),
                header("ce_type", "plimsoll.sample.v1"),
                header("content-type", "application/json"),
                header("plimsoll_file", file),
                header("plimsoll_line", Long.toString(line.number()))));
        if (!sourceName.equals(SourceName.DEFAULT)) {
            headers.add(header(SourceName.HEADER, sourceName));
        }
        if (!line.whole()) {
            headers.add(header("plimsoll_oversize", Long.toString(line.length())));
            headers.add(header("plimsoll_sha256", line.sha256()));
        }
        return new ProducerRecord<>(topic, null, id.getBytes(UTF_8), line.bytes(), headers);
    }

    private static String id(String source, Line line) {
        if (!line.whole()) {
            return SampleIds.derive(source, line.number(), line.sha256().getBytes(UTF_8));
        }
        Optional<String> given = SampleParser.parse(line.bytes()) instanceof ParsedSample sample
                ? sample.id()
                : Optional.empty();
        return given.orElseGet(() -> SampleIds.derive(source, line.number(), line.bytes()));
    }

    private void requireSent(String file, long line) {
        Exception e = failed.get();
        if (e != null) {
            String where = line < 0 ? "the last lines" : "a line up to " + line;
            throw new BrokerProblem(
                    "the broker did not take " + where + " of " + file + " (" + e.getMessage()
                            + "); submit the file again when it is well: lines that arrived are "
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
            NewTopic topic =
                    new NewTopic(spec.name(), Optional.of(spec.partitions()), Optional.empty());
            admin.createTopics(List.of(topic.configs(spec.settings()))).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new BrokerProblem(
                        "topic " + spec.name() + " cannot be created: "
                                + e.getCause().getMessage(),
                        e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerProblem("interrupted while creating topic " + spec.name(), e);
        }
    }
}
