package dev.plimsoll.coordinator.ingest.kafka;

import dev.plimsoll.coordinator.ingest.IngestCore;
import dev.plimsoll.coordinator.ingest.IngestDriver;
import dev.plimsoll.coordinator.ingest.IngestTransaction;
import dev.plimsoll.coordinator.ingest.IngestTransaction.Counts;
import dev.plimsoll.coordinator.kafka.TransactionalWriter;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.IngestOffsets;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.kafka.TopicAdmin;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/**
 * The exclusive right to turn samples into sequences: carries out what an {@link IngestDriver}
 * says. Opening it fences the holder before, then reads what that one made durable. Each
 * transaction holds sequences, rejections, and how far {@code samples} was read, as offsets of the
 * group {@code <prefix>-ingest} (for the planner's Finish and for lag monitors; where the group's
 * offsets have expired, the written records say it again). A write that fails ends the session for
 * good: what is asked of it afterwards fails with the same exception, and {@link #look} and
 * {@link #renew} do nothing any more.
 */
public final class IngestSession implements AutoCloseable {

    /** To write a transaction between whose records others write theirs. */
    private static final int MOST_ATTEMPTS = 100;

    private final Topics topics;
    private final TransactionalWriter writer;
    private final IngestDriver driver;
    private final Admin admin;
    private final String samplesId;
    /** With which the session ended; null while it has not. */
    private RuntimeException failure;

    private IngestSession(
            Topics topics, TransactionalWriter writer, IngestDriver driver, Admin admin) {
        this.topics = topics;
        this.writer = writer;
        this.driver = driver;
        this.admin = admin;
        this.samplesId = TopicAdmin.awaitId(admin, topics.samples());
    }

    public static IngestSession open(
            Clients clients, Topics topics, Function<ParsedSample, TokenizeOutcome> tokenizer) {
        return open(clients, topics, new IngestCore(topics, tokenizer));
    }

    /** @param core that knows nothing yet */
    public static IngestSession open(Clients clients, Topics topics, IngestCore core) {
        TransactionalWriter writer = new TransactionalWriter(clients, topics.prefix() + "-ingest");
        Admin admin = clients.admin("plimsoll-ingest-admin");
        try (Consumer<byte[], byte[]> consumer = clients.reader("plimsoll-ingest-reader")) {
            IngestDriver driver = new IngestDriver(core);
            PartitionReader reader = new PartitionReader(consumer);
            Map<Integer, Long> offsets = new TreeMap<>();
            Map<Integer, Long> openFrom = new TreeMap<>();
            IngestOffsets.read(admin, topics).forEach((partition, place) -> {
                offsets.put(partition.partition(), place.nextOffset());
                openFrom.put(partition.partition(), place.openFrom());
            });
            Map<Integer, Long> ends = ends(consumer, topics);
            offsets.forEach((partition, offset) -> ends.merge(partition, offset, Math::max));
            driver.submittedTo(ends);
            reader.readAllOfSharedPartition(
                    admin, new TopicPartition(topics.tokenized(), 0), driver::tokenizedRead);
            reader.readAllOfSharedPartition(
                    admin, new TopicPartition(topics.rejected(), 0), driver::rejectedRead);
            IngestSession session = new IngestSession(topics, writer, driver, admin);
            session.write(driver.opened(offsets, openFrom));
            return session;
        } catch (RuntimeException e) {
            writer.close();
            admin.close(Duration.ZERO);
            throw e;
        }
    }

    private static Map<Integer, Long> ends(Consumer<byte[], byte[]> reader, Topics topics) {
        Map<Integer, Long> ends = new TreeMap<>();
        reader.endOffsets(Clients.partitions(reader, topics.samples()))
                .forEach((partition, end) -> ends.put(partition.partition(), end));
        return ends;
    }

    /** Commits the offsets again; see {@link IngestDriver#renewal}. */
    public synchronized void renew() {
        if (failure != null) {
            return;
        }
        write(driver.renewal());
    }

    /** What {@link #assigned} books as lost, given the same beginnings. */
    public synchronized SortedMap<Integer, IngestCore.Gap> gaps(Map<Integer, Long> beginnings) {
        return driver.gaps(beginnings);
    }

    /**
     * Takes the partitions over: books in the topic of rejected samples what was deleted before it
     * was read, and says from where they are to be read.
     *
     * @param beginnings the first offset that each still has
     */
    public synchronized SortedMap<Integer, Long> assigned(Map<Integer, Long> beginnings) {
        requireNotFailed();
        write(driver.assigned(beginnings));
        return driver.positions();
    }

    /** What is wrong with what waits to be read; see {@link IngestDriver#look}. */
    public Optional<String> look() {
        Set<Integer> partitions;
        synchronized (this) {
            if (failure != null) {
                return Optional.empty();
            }
            partitions = driver.positions().keySet();
        }
        if (isMadeAnew()) {
            return Optional.of("topic " + topics.samples() + " was deleted and made anew: its"
                    + " offsets mean other samples now; submit the samples to another run with"
                    + " another prefix");
        }
        SortedMap<Integer, Long> beginnings = beginnings(partitions);
        synchronized (this) {
            return failure != null ? Optional.empty() : driver.look(beginnings);
        }
    }

    private boolean isMadeAnew() {
        try {
            return !TopicAdmin.id(admin, topics.samples()).equals(samplesId);
        } catch (BrokerProblem e) {
            // a broker that is away comes back; whoever asks asks again
            return false;
        }
    }

    /**
     * The first offsets that the partitions of {@code samples} still have; empty when the broker
     * does not say.
     */
    private SortedMap<Integer, Long> beginnings(Set<Integer> partitions) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition ->
                asked.put(new TopicPartition(topics.samples(), partition), OffsetSpec.earliest()));
        SortedMap<Integer, Long> beginnings = new TreeMap<>();
        try {
            admin.listOffsets(asked)
                    .all()
                    .get()
                    .forEach((partition, found) ->
                            beginnings.put(partition.partition(), found.offset()));
        } catch (ExecutionException e) {
            // a broker that is away comes back; whoever asks asks again
            return new TreeMap<>();
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
        return beginnings;
    }

    /** Deals with the records in one transaction; those dealt with before are skipped. */
    public synchronized Counts accept(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        requireNotFailed();
        return write(driver.samplesRead(records));
    }

    private void requireNotFailed() {
        if (failure != null) {
            throw failure;
        }
    }

    private Counts write(Optional<IngestTransaction> transaction) {
        if (transaction.isEmpty()) {
            return Counts.NONE;
        }
        try {
            commit(transaction.get());
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        }
        driver.committed(transaction.get());
        return transaction.get().counts();
    }

    private void commit(IngestTransaction transaction) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        transaction
                .nextOffsets()
                .forEach((partition, offset) -> offsets.put(
                        new TopicPartition(topics.samples(), partition),
                        new IngestOffsets.Place(offset, transaction.openFrom().get(partition))
                                .toOffset()));
        SequenceChunks chunks = new SequenceChunks(transaction.records(), topics.tokenized());
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            if (writer.writeIf(
                            transaction.records(),
                            offsets,
                            topics.ingestGroup(),
                            chunks::areTogether)
                    .isPresent()) {
                return;
            }
        }
        throw new BrokerProblem(
                "others write to topic " + topics.tokenized() + ": in " + MOST_ATTEMPTS
                        + " attempts in a row their records came to lie between the chunks of one"
                        + " sequence; keep them from it (an ACL that lets this run's processes"
                        + " alone write there), and start again",
                null);
    }

    @Override
    public void close() {
        writer.close();
        admin.close(Duration.ofSeconds(2));
    }
}
