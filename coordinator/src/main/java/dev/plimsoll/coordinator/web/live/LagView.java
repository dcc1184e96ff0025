package dev.plimsoll.coordinator.web.live;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.coordinator.web.RunView;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.IngestOffsets;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How many records of its topics the run has not read yet. Asks the broker at most once a second,
 * and only when somebody wants to know.
 */
@Startup // its metrics are there though nobody looks at the page
@ApplicationScoped
public class LagView {

    private static final long AGAIN_NANOS = Duration.ofSeconds(1).toNanos();
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Launch launch;
    private final RunView run;
    private Admin admin;
    private Map<String, Integer> partitions = Map.of();
    private SortedMap<String, Long> last = Collections.emptySortedMap();
    private long askedNanos;
    private boolean asked;

    LagView(Launch launch, RunView run, MeterRegistry metrics) {
        this.launch = launch;
        this.run = run;
        String prefix = launch.topics().prefix() + ".";
        for (String topic : topics(launch.topics())) {
            String name = topic.substring(prefix.length());
            Gauge.builder("plimsoll.topic.lag", this, is -> is.lagOf(name))
                    .description("Records of a topic that the run has not read yet")
                    .baseUnit("records")
                    .tag("topic", name)
                    .register(metrics);
        }
    }

    private static List<String> topics(Topics topics) {
        return List.of(topics.samples(), topics.tokenized(), topics.reports(), topics.control());
    }

    private double lagOf(String name) {
        Long records = lag().get(name);
        return records == null ? Double.NaN : records;
    }

    /** By topic without the prefix; what is not known is missing. */
    synchronized SortedMap<String, Long> lag() {
        long now = System.nanoTime();
        if (!asked || now - askedNanos > AGAIN_NANOS) {
            asked = true;
            try {
                last = ask();
            } catch (ExecutionException | TimeoutException | KafkaException e) {
                last = Collections.emptySortedMap(); // the broker is away
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            askedNanos = System.nanoTime();
        }
        return last;
    }

    private SortedMap<String, Long> ask()
            throws ExecutionException, InterruptedException, TimeoutException {
        if (admin == null) {
            admin = launch.clients().admin("plimsoll-page-lag");
        }
        Topics topics = launch.topics();
        if (partitions.isEmpty()) {
            partitions = partitions(topics(topics));
        }
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        partitions.forEach((topic, count) -> {
            for (int partition = 0; partition < count; partition++) {
                ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
            }
        });
        Map<TopicPartition, IngestOffsets.Place> ingested = IngestOffsets.read(admin, topics);
        Optional<SortedMap<String, Long>> planned = run.detail().map(is -> is.nextOffsets());
        SortedMap<String, Long> lag = new TreeMap<>();
        var found = admin.listOffsets(ends).all().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        found.forEach((partition, end) -> {
            String name = partition.topic().substring(topics.prefix().length() + 1);
            boolean isSamples = partition.topic().equals(topics.samples());
            if (isSamples) {
                IngestOffsets.Place place = ingested.get(partition);
                long next = place == null ? 0 : place.nextOffset();
                lag.merge(name, behind(end.offset(), next), Long::sum);
            } else if (planned.isPresent()) { // by a planner in this process
                String of = name + "-" + partition.partition();
                long next = planned.get().getOrDefault(of, 0L);
                lag.merge(name, behind(end.offset(), next), Long::sum);
            }
        });
        return Collections.unmodifiableSortedMap(lag);
    }

    /** The end of a transaction takes an offset too, behind the last record. */
    private static long behind(long end, long next) {
        return end - next <= 1 ? 0 : end - next;
    }

    private Map<String, Integer> partitions(List<String> topics)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<String, Integer> counts = new HashMap<>();
        Map<String, TopicDescription> found = admin.describeTopics(topics)
                .allTopicNames()
                .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        found.forEach((topic, is) -> counts.put(topic, is.partitions().size()));
        return counts;
    }

    @PreDestroy
    synchronized void close() {
        if (admin != null) {
            admin.close(Duration.ofSeconds(2));
        }
    }
}
