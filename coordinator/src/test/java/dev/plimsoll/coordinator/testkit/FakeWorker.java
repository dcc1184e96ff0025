package dev.plimsoll.coordinator.testkit;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A worker that speaks the real wire and whose gradient is {@link TestRun#gradient}. */
public final class FakeWorker implements AutoCloseable {

    private final Topics topics;
    private final String workerId;
    private final String incarnation = UUID.randomUUID().toString();
    private final Consumer<byte[], byte[]> consumer;
    private final Producer<byte[], byte[]> producer;
    private final Semaphore permits;
    private final AtomicInteger trained = new AtomicInteger();
    private final AtomicInteger evaluated = new AtomicInteger();
    private final ShardLayout layout;
    private final String modelHash;
    private final Thread thread;
    private final float[] sum;
    private final List<TrainedAttempt> held = new ArrayList<>();
    private long heldStep;
    private long generation;
    private long heartbeatAt;
    private volatile boolean stopped;
    private volatile RuntimeException failure;

    /** @param permits micro-batches it may train before it waits; more may be released */
    public FakeWorker(Clients clients, Topics topics, String workerId, int permits) {
        this(clients, topics, workerId, permits, TestRun.settings("test"));
    }

    /** The same for another run than {@link TestRun}. */
    public FakeWorker(
            Clients clients, Topics topics, String workerId, int permits, RunSettings run) {
        this.layout = new ShardLayout(run.model().parameters(), run.fleet().shards());
        this.modelHash = run.model().hash();
        this.sum = new float[Math.toIntExact(run.model().parameters())];
        this.topics = topics;
        this.workerId = workerId;
        this.permits = new Semaphore(permits);
        this.consumer = clients.reader(workerId + "-reader");
        this.producer = clients.writer(workerId + "-writer");
        this.thread = Thread.ofPlatform().name(workerId).start(this::work);
    }

    public int trained() {
        return trained.get();
    }

    public void release(int more) {
        permits.release(more);
    }

    private void work() {
        try {
            join();
            while (!stopped) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(20))) {
                    if (Wire.COMMANDS.decode(record) instanceof Decoded.Ok<Command>(var command)) {
                        take(command);
                    }
                }
                heartbeat();
            }
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            consumer.close();
            producer.close(Duration.ZERO);
        }
    }

    private void join() {
        TopicPartition lane = new TopicPartition(topics.commands(), 0);
        consumer.assign(List.of(lane));
        consumer.seek(lane, consumer.endOffsets(List.of(lane)).get(lane));
        WorkerDevice device = new WorkerDevice("cpu", "fake", "fp32", 1 << 30);
        report(new Report.Joined(workerId, incarnation, modelHash, device));
    }

    private void take(Command command) {
        switch (command) {
            case Command.Admitted admitted
            when admitted.incarnation().equals(incarnation) -> admitted(admitted);
            case Command.TrainMicroBatch train when isMine(train) -> train(train);
            case Command.EvaluateMicroBatch evaluate when isMine(evaluate) -> evaluate(evaluate);
            case Command.Contribute contribute when isMine(contribute) -> contribute(contribute);
            case Command.Drain drain
            when isMine(drain) && held.isEmpty() -> {
                report(new Report.Left(workerId, generation, drain.note()));
                stopped = true;
            }
            default -> {}
        }
    }

    private boolean isMine(Command.Laned command) {
        return command.workerId().equals(workerId) && command.generation() == generation;
    }

    private void admitted(Command.Admitted admitted) {
        if (admitted.generation() != generation) {
            generation = admitted.generation();
            clear();
            TopicPartition zero = new TopicPartition(topics.commands(), 0);
            TopicPartition lane =
                    new TopicPartition(topics.commands(), Topics.lanePartition(admitted.lane()));
            long position = consumer.position(zero);
            consumer.assign(List.of(zero, lane));
            consumer.seek(zero, position);
            consumer.seek(lane, consumer.endOffsets(List.of(lane)).get(lane));
        }
        report(new Report.Ready(workerId, generation, admitted.version()));
    }

    private void train(Command.TrainMicroBatch train) {
        if (held.stream().anyMatch(h -> h.attempt() == train.attempt().attempt())) {
            return;
        }
        while (!permits.tryAcquire()) {
            heartbeat();
            sleep();
            if (stopped) {
                return;
            }
        }
        if (train.attempt().step() != heldStep) {
            clear(); // what it holds is of a step that was abandoned
            heldStep = train.attempt().step();
        }
        List<Long> ordinals =
                train.sequences().stream().map(SequenceRef::ordinal).toList();
        for (long ordinal : ordinals) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += TestRun.gradient(ordinal, i);
            }
        }
        held.add(new TrainedAttempt(train.attempt().attempt(), ordinals));
        long lossTokens =
                train.sequences().stream().mapToLong(SequenceRef::lossTokens).sum();
        int tokens = train.sequences().stream().mapToInt(SequenceRef::tokens).sum();
        report(new Report.MicroBatchTrained(
                workerId,
                generation,
                train.attempt(),
                2.5 * lossTokens,
                lossTokens,
                new TrainMeasures(tokens, 1000, 10, 20)));
        trained.incrementAndGet();
    }

    private void evaluate(Command.EvaluateMicroBatch evaluate) {
        double lossNats = 0;
        long lossTokens = 0;
        int tokens = 0;
        for (SequenceRef sequence : evaluate.sequences()) {
            lossNats += sequence.lossTokens() * loss(sequence.ordinal(), evaluate.version());
            lossTokens += sequence.lossTokens();
            tokens += sequence.tokens();
        }
        report(new Report.MicroBatchEvaluated(
                workerId,
                generation,
                evaluate.attempt(),
                evaluate.version(),
                lossNats,
                lossTokens,
                new TrainMeasures(tokens, 1000, 10, 0)));
        evaluated.incrementAndGet();
    }

    /** What it says of each token of the sequence: less with every version. */
    public static double loss(long ordinal, long version) {
        return 1 + ordinal / 128.0 + 1.0 / version;
    }

    public int evaluated() {
        return evaluated.get();
    }

    private void contribute(Command.Contribute contribute) {
        List<Long> attempts = held.stream().map(TrainedAttempt::attempt).toList();
        if (!attempts.equals(contribute.attempts())) {
            return;
        }
        List<ChunkSpan> spans = new ArrayList<>();
        for (int shard = 0; shard < layout.shards(); shard++) {
            spans.add(publish(contribute, shard));
        }
        report(new Report.Contributed(
                workerId,
                generation,
                contribute.contribution(),
                contribute.step(),
                attempts,
                spans));
        clear();
    }

    private ChunkSpan publish(Command.Contribute contribute, int shard) {
        List<RecordMetadata> sent = new ArrayList<>();
        for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
            int from = Math.toIntExact(layout.start(shard)) + layout.chunkStart(chunk);
            float[] values = java.util.Arrays.copyOfRange(
                    sum, from, from + layout.chunkLength(shard, chunk));
            sent.add(send(new TensorChunk(shard, chunk, "sum", contribute.contribution(), values)
                    .toRecord(topics.gradients(), workerId)));
        }
        ContributionManifest manifest = new ContributionManifest(
                contribute.contribution(),
                workerId,
                generation,
                contribute.step(),
                List.copyOf(held));
        sent.add(send(Wire.CONTRIBUTION_MANIFESTS.toRecord(
                topics.gradients(),
                shard,
                shard + "/manifest",
                manifest,
                workerId,
                "m-" + contribute.contribution())));
        return new ChunkSpan(shard, sent.getFirst().offset(), sent.getLast().offset());
    }

    /** What it says of its card. */
    public void tell(MemoryMeasures memory) {
        report(new Report.MemoryRead(workerId, generation, memory));
    }

    /** Whether it has left. */
    public boolean isGone() {
        return stopped && !thread.isAlive();
    }

    private void clear() {
        java.util.Arrays.fill(sum, 0);
        held.clear();
    }

    private void heartbeat() {
        if (generation > 0 && System.nanoTime() - heartbeatAt > 200_000_000L) {
            heartbeatAt = System.nanoTime();
            report(new Report.Heartbeat(workerId, generation, 0, 0));
        }
    }

    private void report(Report report) {
        send(Wire.REPORTS.toRecord(
                topics.reports(),
                null,
                workerId,
                report,
                workerId,
                UUID.randomUUID().toString()));
    }

    private RecordMetadata send(ProducerRecord<byte[], byte[]> record) {
        try {
            return producer.send(record).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    /** Stops without a word, as a killed process would. */
    @Override
    public void close() {
        stopped = true;
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
    }
}
