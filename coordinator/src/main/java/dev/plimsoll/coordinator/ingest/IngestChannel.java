package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.coordinator.kafka.ProcessEnd;
import dev.plimsoll.coordinator.shell.Launch;
import dev.plimsoll.model.text.SampleTokenizer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.reactive.messaging.kafka.KafkaConsumerRebalanceListener;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/**
 * The channel {@code samples}: batches go to the {@link IngestSession}, and the channel is positioned from it. The
 * channel itself commits nothing.
 */
@ApplicationScoped
@Identifier("samples")
public class IngestChannel implements KafkaConsumerRebalanceListener {

    private static final Logger LOG = Logger.getLogger(IngestChannel.class);

    private final ProcessEnd end;
    private final Counter trained;
    private final Counter rejected;
    private final Counter repeated;
    private SampleTokenizer tokenizer;
    private IngestSession session;

    IngestChannel(ProcessEnd end, MeterRegistry metrics) {
        this.end = end;
        this.trained = counter(metrics, "trained");
        this.rejected = counter(metrics, "rejected");
        this.repeated = counter(metrics, "repeated");
    }

    private static Counter counter(MeterRegistry metrics, String outcome) {
        return Counter.builder("plimsoll.samples.ingested")
                .description("Submitted samples by what became of them")
                .tag("outcome", outcome)
                .register(metrics);
    }

    @Override
    public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        try {
            IngestSession current = session();
            consumer.beginningOffsets(partitions).forEach((partition, beginning) -> {
                long next = current.nextOffset(partition.partition());
                if (next < beginning) {
                    LOG.errorf(
                            "samples %s offsets %d to %d were deleted before they were read: they are lost",
                            partition, next, beginning - 1);
                }
                consumer.seek(partition, Math.max(next, beginning));
            });
        } catch (RuntimeException e) {
            end.because("ingest", e);
            throw e;
        }
    }

    @Incoming("samples")
    @Blocking
    void take(ConsumerRecords<byte[], byte[]> records) {
        try {
            IngestSession.Counts counts = session().accept(records);
            trained.increment(counts.trained());
            rejected.increment(counts.rejected());
            repeated.increment(counts.repeated());
        } catch (RuntimeException e) {
            end.because("ingest", e);
            throw e;
        }
    }

    private synchronized IngestSession session() {
        if (session == null) {
            Launch launch = Launch.current();
            int maxTokens = launch.run().fleet().maxSequenceTokens();
            tokenizer = SampleTokenizer.open(launch.model().directory());
            session = IngestSession.open(
                    launch.clients(), launch.topics(), sample -> tokenizer.tokenize(sample, maxTokens));
        }
        return session;
    }

    @PreDestroy
    synchronized void close() {
        if (session != null) {
            session.close();
            tokenizer.close();
        }
    }
}
