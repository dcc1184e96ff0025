package dev.plimsoll.cli.topics;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.Telemetry;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Follows a run through its topics: the committed steps, the telemetry, and whether the journal
 * says that the newest version is written and that the run is finished.
 */
public final class RunFollower implements AutoCloseable {

    private final Clients clients;
    private final Topics topics;
    private Optional<Consumer<byte[], byte[]>> open = Optional.empty();
    private final SortedMap<Long, StepRecord> steps = new TreeMap<>();
    private final HullMemory memory = new HullMemory();
    private final SortedMap<Long, JournalRecord.EvaluationClosed> evaluations = new TreeMap<>();
    private final SavedStates states = new SavedStates();
    private final RunSigns signs = new RunSigns();
    private SortedMap<String, SourceMeasures> sources = new TreeMap<>();
    private String finished;

    public RunFollower(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
    }

    /** Once there is a run: then it is known which records are of it. */
    private Optional<Consumer<byte[], byte[]>> reader() {
        if (open.isEmpty()) {
            try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-follower")) {
                open = journal.run().map(run -> reader(clients.of(run, topics)));
            } catch (TimeoutException e) {
                // the broker is away: who asks again finds it back
                return Optional.empty();
            }
        }
        return open;
    }

    private Consumer<byte[], byte[]> reader(Clients ofTheRun) {
        Consumer<byte[], byte[]> reader = ofTheRun.reader("plimsoll-demo");
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : List.of(topics.steps(), topics.telemetry(), topics.journal())) {
            partitions.addAll(TopicScan.partitions(reader, topic));
        }
        reader.assign(partitions);
        reader.seekToBeginning(partitions);
        return reader;
    }

    /** Reads all that is there now. */
    public void catchUp() {
        reader().ifPresent(reader -> {
            Map<TopicPartition, Long> ends = reader.endOffsets(reader.assignment());
            while (ends.entrySet().stream()
                    .anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                poll(Duration.ofMillis(200));
            }
        });
    }

    /** Reads the records that arrive within the time. */
    public void poll(Duration patience) {
        Optional<Consumer<byte[], byte[]>> reader = reader();
        if (reader.isEmpty()) {
            LockSupport.parkNanos(patience.toNanos());
            return;
        }
        for (ConsumerRecord<byte[], byte[]> record : reader.get().poll(patience)) {
            if (record.topic().equals(topics.steps())) {
                if (Wire.STEPS.decode(record) instanceof Decoded.Ok<StepRecord>(StepRecord step)) {
                    steps.put(step.step(), step);
                    memory.stepCommitted();
                }
            } else if (record.topic().equals(topics.telemetry())) {
                if (Wire.TELEMETRY.decode(record)
                        instanceof Decoded.Ok<Telemetry>(Telemetry measured)) {
                    telemetry(measured);
                }
            } else if (Wire.JOURNAL.decode(record)
                    instanceof Decoded.Ok<JournalRecord>(JournalRecord fact)) {
                states.take(fact);
                signs.take(fact);
                memory.take(fact);
                if (fact instanceof JournalRecord.EvaluationClosed evaluation) {
                    evaluations.put(evaluation.version(), evaluation);
                }
                if (fact instanceof JournalRecord.RunFinished over) {
                    finished = over.note();
                }
            }
        }
    }

    /** The committed steps, by their number. */
    public SortedMap<Long, StepRecord> steps() {
        return steps;
    }

    /** What evaluations found, by version. */
    public SortedMap<Long, JournalRecord.EvaluationClosed> evaluations() {
        return evaluations;
    }

    /** The newest measurement of each worker, by their names. */
    public SortedMap<String, Telemetry.WorkerMeasured> workers() {
        return memory.workers();
    }

    /** What is told of the workers' memory. */
    HullMemory memory() {
        return memory;
    }

    /** What the coordinator's last beat said of its sources, by their names. */
    public SortedMap<String, SourceMeasures> sources() {
        return sources;
    }

    /** The highest peak of each hull's memory in bytes: of a worker, or of each of its cards. */
    public SortedMap<String, Long> peakBytes() {
        return memory.peakBytes();
    }

    boolean paused() {
        return signs.paused();
    }

    /** What is waited for before the first step, in a few words. */
    String beginning() {
        return signs.beginning();
    }

    public boolean finished() {
        return finished != null;
    }

    /**
     * Whether every shard has written the state of the newest committed version, as far as that is
     * read.
     */
    public boolean written() {
        return states.complete(steps.isEmpty() ? 0 : steps.get(steps.lastKey()).version());
    }

    @Override
    public void close() {
        open.ifPresent(Consumer::close);
    }

    private void telemetry(Telemetry measured) {
        switch (measured) {
            case Telemetry.WorkerMeasured worker -> memory.take(worker);
            case Telemetry.MicroBatchMeasured one -> memory.take(one);
            case Telemetry.SourcesMeasured measures -> sources = measures.sources();
            case Telemetry.CoordinatorBeat _ -> {}
        }
    }
}
