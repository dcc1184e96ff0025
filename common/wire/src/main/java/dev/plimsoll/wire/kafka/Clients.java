package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.run.RunSettings;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Kafka clients by protocol rule 1: readers are read_committed, assigned by hand and never reset by
 * themselves; writers are idempotent, wait for all replicas and do not linger.
 *
 * @param bootstrap host:port, several with commas
 * @param extra security and other client settings, passed on as they are
 * @param gate what makes the clients those of one run; empty: they seal nothing and read everything
 */
public record Clients(String bootstrap, Map<String, String> extra, Map<String, Object> gate) {

    private static final int BUSY_TIMES = 4;
    private static final String TENSOR_FETCH_BYTES = Integer.toString(16 << 20);

    public Clients(String bootstrap) {
        this(bootstrap, Map.of());
    }

    public Clients(String bootstrap, Map<String, String> extra) {
        this(bootstrap, extra, Map.of());
    }

    /**
     * Those of a process of the run: they seal what they write to its topics, and let through only
     * what is sealed. Decision 0128.
     */
    public Clients of(RunSettings run, Topics topics) {
        String key = run.identity().seal();
        return key.isEmpty()
                ? this
                : new Clients(bootstrap, extra, RunGate.settings(topics.prefix(), key));
    }

    /** Without the settings, among which there may be passwords. */
    @Override
    public String toString() {
        return "clients of " + bootstrap;
    }

    public Consumer<byte[], byte[]> reader(String clientId) {
        return reader(readerSettings(clientId));
    }

    /**
     * For tensors, a partition at a time: a fetch brings many chunks, and the operating system
     * sizes the socket's buffer.
     */
    public Consumer<byte[], byte[]> tensorReader(String clientId) {
        Map<String, Object> settings = readerSettings(clientId);
        settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, TENSOR_FETCH_BYTES);
        settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, TENSOR_FETCH_BYTES);
        settings.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, "-1");
        return reader(settings);
    }

    /**
     * For stretches of many megabytes here and there.
     *
     * @param fetchWait a fetch at a log's end waits so long for more, and holds up the one that a
     *     seek needs: a moment for who jumps, longer for who waits for what is not written yet
     */
    public Consumer<byte[], byte[]> stretchReader(String clientId, Duration fetchWait) {
        Map<String, Object> settings = readerSettings(clientId);
        settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, Long.toString(fetchWait.toMillis()));
        settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "8388608");
        settings.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, "-1");
        return reader(settings);
    }

    private static Consumer<byte[], byte[]> reader(Map<String, Object> settings) {
        return new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Map<String, Object> readerSettings(String clientId) {
        Map<String, Object> settings = base(clientId);
        if (!gate.isEmpty()) {
            settings.putAll(gate);
            settings.put(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, List.of(SealedReader.class));
        }
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        // to ask for a topic must not make the broker create it, with settings that are not ours
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "500");
        settings.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, "1");
        settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, "100");
        return settings;
    }

    public Producer<byte[], byte[]> writer(String clientId) {
        return oneRequestAtATime(writerSettings(clientId));
    }

    /** For samples: larger requests make up for the waiting. */
    public Producer<byte[], byte[]> sampleWriter(String clientId) {
        Map<String, Object> settings = writerSettings(clientId);
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, "262144");
        return oneRequestAtATime(settings);
    }

    /**
     * A partition that does not know a producer accepts any of its sequence numbers as the first
     * one. If the first request failed and the second, already sent, did not, the broker would
     * refuse the first one until its time-out. So there is no second one. Decision 0085.
     */
    private static Producer<byte[], byte[]> oneRequestAtATime(Map<String, Object> settings) {
        settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1");
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * For bursts of many megabytes of tensor chunks. A batch is as large as a broker takes by
     * default, since a request has one of a partition; what comes faster than it can be sent waits
     * in the caller's thread once 64 MiB do.
     */
    public Producer<byte[], byte[]> burstWriter(String clientId) {
        Map<String, Object> settings = writerSettings(clientId);
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, "1000000");
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, "67108864");
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, "8388608");
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, "120000");
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
        settings.put(ProducerConfig.SEND_BUFFER_CONFIG, "-1");
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Call initTransactions before use: it fences the incumbent. */
    public Producer<byte[], byte[]> transactionalWriter(String clientId, String transactionalId) {
        return transactionalWriter(clientId, transactionalId, Duration.ofSeconds(30));
    }

    /** @param timeout after which the broker aborts a transaction that is not ended */
    public Producer<byte[], byte[]> transactionalWriter(
            String clientId, String transactionalId, Duration timeout) {
        Map<String, Object> settings = writerSettings(clientId);
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(timeout.toMillis()));
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    public Admin admin(String clientId) {
        Map<String, Object> settings = base(clientId);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "20000");
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        return Admin.create(settings);
    }

    /**
     * Throws {@link BrokerProblem} that names why, when no broker answers in time. One that listens
     * gets four times as long, because its machine may be busy.
     */
    public void requireReachable(Duration patience) {
        try (Admin admin = admin("plimsoll-reach")) {
            KafkaFuture<?> nodes = admin.describeCluster(new DescribeClusterOptions()
                            .timeoutMs((int) patience.multipliedBy(BUSY_TIMES).toMillis()))
                    .nodes();
            try {
                nodes.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                ListenerProbe.Answer listens = protocol().endsWith("SSL")
                        ? ListenerProbe.Answer.TLS
                        : ListenerProbe.Answer.OTHER;
                if (ListenerProbe.of(bootstrap) != listens) {
                    throw unreachable(e);
                }
                nodes.get(patience.multipliedBy(BUSY_TIMES - 1).toMillis(), TimeUnit.MILLISECONDS);
            } finally {
                // an unanswered request would hold it for its whole time limit
                admin.close(Duration.ZERO);
            }
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable(e);
        }
    }

    private String protocol() {
        return extra.getOrDefault("security.protocol", "PLAINTEXT");
    }

    private BrokerProblem unreachable(Exception e) {
        return new BrokerProblem(new ConnectionProblem(bootstrap, extra).sentence(e), e);
    }

    /** All partitions of a topic, as the broker has them now. */
    public static List<TopicPartition> partitions(Consumer<?, ?> consumer, String topic) {
        List<PartitionInfo> infos = consumer.partitionsFor(topic, Duration.ofSeconds(20));
        return infos.stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .sorted(java.util.Comparator.comparingInt(TopicPartition::partition))
                .toList();
    }

    private Map<String, Object> writerSettings(String clientId) {
        Map<String, Object> settings = base(clientId);
        if (!gate.isEmpty()) {
            settings.putAll(gate);
            settings.put(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG, List.of(SealingWriter.class));
        }
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        settings.put(ProducerConfig.LINGER_MS_CONFIG, "0");
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, "1048576");
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "120000");
        return settings;
    }

    private Map<String, Object> base(String clientId) {
        Map<String, Object> settings = new HashMap<>(extra);
        settings.put("bootstrap.servers", bootstrap);
        settings.put("client.id", clientId);
        return settings;
    }
}
