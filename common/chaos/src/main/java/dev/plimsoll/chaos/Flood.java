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
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A stranger who writes random records, and records of the run that are changed or written again,
 * to every topic but {@code samples} and {@code parked}, spread over a time. What it writes follows
 * from the seed and from what it has read.
 */
final class Flood implements AutoCloseable {

    private static final int REMEMBERED = 5_000;
    private static final int MOST_BYTES = 50_000;
    private static final int SENDS_A_LOOK = 200;

    private final Topics topics;
    private final Random dice;
    private final Mutations mutations;
    private final long count;
    private final long overNanos;
    private final Consumer<byte[], byte[]> reader;
    private final Producer<byte[], byte[]> writer;
    private final List<String> names = new ArrayList<>();
    private final List<ProducerRecord<byte[], byte[]>> seen = new ArrayList<>();
    private final Thread thread;
    private volatile boolean closed;
    private volatile long sent;

    /** @param clients of a stranger: what they write has no seal */
    Flood(Clients clients, Topics topics, long seed, long count, Duration over) {
        this.topics = topics;
        this.dice = new Random(seed);
        this.mutations = new Mutations(dice);
        this.count = count;
        this.overNanos = over.toNanos();
        this.reader = clients.reader("plimsoll-stranger");
        this.writer = clients.sampleWriter("plimsoll-stranger");
        topics.sealed().stream().sorted().forEach(names::add);
        names.add(topics.control());
        this.thread = Thread.ofPlatform().daemon().name("flood").start(this::run);
    }

    long sent() {
        return sent;
    }

    private void run() {
        try (reader;
                writer) {
            List<TopicPartition> partitions = new ArrayList<>();
            topics.sealed().forEach(topic -> partitions.addAll(Clients.partitions(reader, topic)));
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            long begun = System.nanoTime();
            while (!closed && sent < count) {
                reader.poll(Duration.ofMillis(20)).forEach(this::remember);
                double passed = Math.min(1, (System.nanoTime() - begun) / (double) overNanos);
                long due = Math.round(count * passed);
                for (int i = 0; i < SENDS_A_LOOK && sent < due; i++) {
                    writer.send(next());
                    sent++;
                }
                if (sent >= due) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }
    }

    private void remember(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() != null && record.value().length > MOST_BYTES) {
            return;
        }
        ProducerRecord<byte[], byte[]> again = new ProducerRecord<>(
                record.topic(), record.partition(), record.key(), record.value(), record.headers());
        if (seen.size() < REMEMBERED) {
            seen.add(again);
        } else {
            seen.set(dice.nextInt(REMEMBERED), again);
        }
    }

    private ProducerRecord<byte[], byte[]> next() {
        int kind = dice.nextInt(10);
        if (seen.isEmpty() || kind < 2) {
            return mutations.random(names.get(dice.nextInt(names.size())), 0);
        }
        ProducerRecord<byte[], byte[]> one = seen.get(dice.nextInt(seen.size()));
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
