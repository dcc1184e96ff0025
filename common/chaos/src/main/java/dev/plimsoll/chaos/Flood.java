package dev.plimsoll.chaos;

import dev.plimsoll.wire.Mutations;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A stranger who writes random records, and records of the run that are changed or written again,
 * to every topic but {@code samples} and {@code parked}: to each as many, in the middle third of
 * the time, so that the run's speed can be compared with that before and after. What it writes
 * follows from the seed and from what it has read.
 */
final class Flood implements AutoCloseable {

    /** Of a topic. */
    private static final int REMEMBERED = 500;

    private static final int MOST_BYTES = 50_000;
    private static final int SENDS_A_LOOK = 2_000;
    private static final Duration LOOK = Duration.ofMillis(20);

    /** What is measured apart. */
    enum Phase {
        BEFORE,
        DURING,
        AFTER
    }

    private final Topics topics;
    private final Random dice;
    private final Mutations mutations;
    private final long count;
    private final long thirdNanos;
    private final Consumer<byte[], byte[]> reader;
    private final Producer<byte[], byte[]> writer;
    private final List<String> names = new ArrayList<>();
    private final Map<String, List<ProducerRecord<byte[], byte[]>>> seen = new HashMap<>();
    private final AtomicLong refused = new AtomicLong();
    private final Thread thread;
    private volatile boolean closed;
    private volatile long sent;
    private volatile Phase phase = Phase.BEFORE;

    /** @param clients of a stranger: what they write has no seal */
    Flood(Clients clients, Topics topics, long seed, long count, Duration over) {
        this.topics = topics;
        this.dice = new Random(seed);
        this.mutations = new Mutations(dice);
        this.count = count;
        this.thirdNanos = over.toNanos() / 3;
        this.reader = clients.reader("plimsoll-stranger");
        this.writer = clients.sampleWriter("plimsoll-stranger");
        topics.sealed().stream().sorted().forEach(names::add);
        names.add(topics.control());
        this.thread = Thread.ofPlatform().daemon().name("flood").start(this::run);
    }

    long sent() {
        return sent;
    }

    /** By the broker: a batch that is larger than the topic takes, for example. */
    long refused() {
        return refused.get();
    }

    Phase phase() {
        return phase;
    }

    private void run() {
        try (reader;
                writer) {
            List<TopicPartition> partitions = new ArrayList<>();
            topics.sealed().forEach(topic -> partitions.addAll(Clients.partitions(reader, topic)));
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            long begin = System.nanoTime() + thirdNanos;
            while (!closed) {
                boolean writes = phase == Phase.DURING;
                reader.poll(writes ? Duration.ZERO : LOOK).forEach(this::remember);
                write(begin);
            }
            writer.flush();
        }
    }

    private void write(long begin) {
        long now = System.nanoTime();
        if (now < begin || sent == count) {
            phase = now < begin ? Phase.BEFORE : Phase.AFTER;
            return;
        }
        phase = Phase.DURING;
        double passed = Math.min(1, (now - begin) / (double) thirdNanos);
        long due = Math.round(count * passed);
        for (int i = 0; i < SENDS_A_LOOK && sent < due; i++) {
            writer.send(next(), (place, problem) -> {
                if (problem != null) {
                    refused.incrementAndGet();
                }
            });
            sent++;
        }
        if (sent >= due) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void remember(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() != null && record.value().length > MOST_BYTES) {
            return;
        }
        ProducerRecord<byte[], byte[]> again = new ProducerRecord<>(
                record.topic(), record.partition(), record.key(), record.value(), record.headers());
        List<ProducerRecord<byte[], byte[]>> known =
                seen.computeIfAbsent(record.topic(), _ -> new ArrayList<>());
        if (known.size() < REMEMBERED) {
            known.add(again);
        } else {
            known.set(dice.nextInt(REMEMBERED), again);
        }
    }

    private ProducerRecord<byte[], byte[]> next() {
        String topic = names.get(dice.nextInt(names.size()));
        List<ProducerRecord<byte[], byte[]>> known = seen.getOrDefault(topic, List.of());
        int kind = dice.nextInt(10);
        if (known.isEmpty() || kind < 2) {
            return mutations.random(topic, 0);
        }
        ProducerRecord<byte[], byte[]> one = known.get(dice.nextInt(known.size()));
        boolean again = kind < 4
                && (one.topic().equals(topics.tokenized()) || one.topic().equals(topics.journal()));
        return again ? one : mutations.of(one);
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(Duration.ofSeconds(60));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
