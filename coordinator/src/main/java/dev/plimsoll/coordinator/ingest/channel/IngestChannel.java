package dev.plimsoll.coordinator.ingest.channel;

import dev.plimsoll.coordinator.ingest.IngestCore;
import dev.plimsoll.coordinator.ingest.IngestTransaction;
import dev.plimsoll.coordinator.ingest.kafka.IngestSession;
import dev.plimsoll.coordinator.kafka.ProcessEnd;
import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.model.text.ChatLimits;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.model.text.TokenLimit;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.LongSamples;
import dev.plimsoll.wire.run.UntoldFields;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.reactive.messaging.kafka.KafkaConsumerRebalanceListener;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The channel {@code samples}: what it reads goes to the {@link IngestSession}, and the channel is
 * positioned from it. The channel itself commits nothing.
 */
@ApplicationScoped
@Identifier("samples")
public class IngestChannel implements KafkaConsumerRebalanceListener {

    private static final Logger LOG = Logger.getLogger(IngestChannel.class);

    private static final Duration RENEWAL = Duration.ofHours(6);
    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final long LOOKS_PER_RENEWAL = RENEWAL.dividedBy(LOOK);

    private final ProcessEnd end;
    private final Counter admitted;
    private final Counter cut;
    private final Counter leftOut;
    private final Counter rejected;
    private final Counter repeated;
    private final Supplier<IngestSession> open;
    private IngestSession session;

    @Inject
    public IngestChannel(ProcessEnd end, MeterRegistry metrics, Launch launch) {
        this(end, metrics, () -> open(launch));
    }

    /** @param open takes over from the session before */
    public IngestChannel(ProcessEnd end, MeterRegistry metrics, Supplier<IngestSession> open) {
        this.open = open;
        this.end = end;
        this.admitted = counter(metrics, "admitted");
        this.rejected = counter(metrics, "rejected");
        this.cut = Counter.builder("plimsoll.samples.cut")
                .description("Admitted samples that were too long and lost their ends")
                .register(metrics);
        this.leftOut = Counter.builder("plimsoll.samples.left.out")
                .description("Admitted samples without the fields that the chat template does not "
                        + "write")
                .register(metrics);
        this.repeated = counter(metrics, "repeated");
    }

    private static Counter counter(MeterRegistry metrics, String outcome) {
        return Counter.builder("plimsoll.samples.ingested")
                .description(
                        "Submitted samples by what ingest made of them; one that is admitted waits "
                                + "to be trained")
                .tag("outcome", outcome)
                .register(metrics);
    }

    @Override
    public void onPartitionsAssigned(
            Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        try {
            IngestSession current = session();
            Map<Integer, Long> beginnings = new TreeMap<>();
            consumer.beginningOffsets(partitions)
                    .forEach((partition, beginning) ->
                            beginnings.put(partition.partition(), beginning));
            current.gaps(beginnings)
                    .forEach((partition, gap) -> LOG.errorf(
                            "samples partition %d offsets %d to %d were deleted before they were "
                                    + "read: they are lost",
                            partition, gap.from(), gap.to() - 1));
            SortedMap<Integer, Long> positions = current.assigned(beginnings);
            partitions.forEach(
                    partition -> consumer.seek(partition, positions.get(partition.partition())));
        } catch (RuntimeException | Error e) {
            // an error too: the channel would stop, and the process live on
            end.because("ingest", e);
            throw e;
        }
    }

    @Incoming("samples")
    @Blocking
    public void take(ConsumerRecords<byte[], byte[]> records) {
        try {
            IngestTransaction.Counts counts = session().accept(records);
            admitted.increment(counts.trained());
            cut.increment(counts.cut());
            leftOut.increment(counts.leftOut());
            rejected.increment(counts.rejected());
            repeated.increment(counts.repeated());
        } catch (RuntimeException | Error e) {
            // an error too: the channel would stop, and the process live on
            end.because("ingest", e);
            throw e;
        }
    }

    /** On first use: after the checks before the start, on the thread that waits for it. */
    private synchronized IngestSession session() {
        if (session == null) {
            session = open.get();
            Thread.ofPlatform().name("ingest-offsets").daemon(true).start(this::watchForEver);
        }
        return session;
    }

    /**
     * In quiet days the broker would forget how far ingest has come, see
     * {@link IngestSession#renew}; and the channel does not tell when what it asks for is gone.
     */
    private void watchForEver() {
        try {
            for (long looks = 1; ; looks++) {
                Thread.sleep(LOOK);
                session().look().ifPresent(problem -> {
                    throw new KafkaException(problem);
                });
                if (looks % LOOKS_PER_RENEWAL == 0) {
                    session().renew();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            end.because("ingest", e);
        }
    }

    private static IngestSession open(Launch launch) {
        int maxTokens = launch.run().fleet().maxSequenceTokens();
        // lives as long as the process
        SampleTokenizer tokenizer = SampleTokenizer.open(
                launch.model().directory(),
                runsDate(launch),
                launch.run().fleet().untoldFields() == UntoldFields.DROP,
                new ChatLimits(
                        launch.settings().get(CoordinatorCatalogue.MAX_TURNS),
                        launch.settings().get(CoordinatorCatalogue.TEMPLATE_WORK)));
        tokenizer
                .chatProblem()
                .ifPresent(
                        problem -> LOG.warnf("samples that are chats are rejected: %s", problem));
        boolean cuts = launch.run().fleet().longSamples() == LongSamples.TRUNCATE;
        TokenLimit limit =
                cuts ? TokenLimit.NONE : new TokenLimit(maxTokens, launch.takesAllTheModelDoes());
        IngestCore core = new IngestCore(
                launch.topics(),
                sample -> tokenizer.tokenize(sample, limit),
                cuts ? OptionalInt.of(maxTokens) : OptionalInt.empty(),
                launch.settings().get(CoordinatorCatalogue.MAX_SAMPLE_BYTES));
        return IngestSession.open(launch.runClients(), launch.topics(), core);
    }

    /**
     * What templates write as today's date: the day on which the run was created, so that it is the
     * same after each start. Where there is no run yet, this process is there to begin it.
     */
    private static LocalDateTime runsDate(Launch launch) {
        try (JournalReader journal =
                new JournalReader(launch.clients(), launch.topics(), "plimsoll-run-date")) {
            Instant created = journal.createdAt().orElseGet(Instant::now);
            return LocalDateTime.ofInstant(created, ZoneOffset.UTC);
        }
    }

    @PreDestroy
    public synchronized void close() {
        if (session != null) {
            session.close();
        }
    }
}
