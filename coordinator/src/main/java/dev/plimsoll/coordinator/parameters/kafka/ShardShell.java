package dev.plimsoll.coordinator.parameters.kafka;

import dev.plimsoll.coordinator.kafka.TransactionalWriter;
import dev.plimsoll.coordinator.parameters.ContributionRead;
import dev.plimsoll.coordinator.parameters.FirstVersion;
import dev.plimsoll.coordinator.parameters.PublishedSum;
import dev.plimsoll.coordinator.parameters.ShardAction;
import dev.plimsoll.coordinator.parameters.ShardDriver;
import dev.plimsoll.coordinator.parameters.ShardInput;
import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.coordinator.parameters.ShardTransaction;
import dev.plimsoll.coordinator.parameters.SumOnArrival;
import dev.plimsoll.coordinator.parameters.SumToPublish;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Serves one shard of the parameter server: carries out what its {@link ShardDriver} says. Opening
 * it fences the shard's owner before, waits for the run, and loads the newest state or writes that
 * of version 0. Versions are made in memory; a manifest and the report of it are one transaction.
 * States are written beside that, by a {@link StateWriter}. Whatever goes wrong ends the process:
 * the next owner loads what is durable, and the planner tells it what it missed.
 */
public final class ShardShell implements AutoCloseable {

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final Logger LOG = Logger.getLogger(ShardShell.class);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration BRIEFLY = Duration.ofMillis(2);
    /** Contributions are expected while they are trained; one that comes ends the wait. */
    private static final Duration TAIL_WAIT = Duration.ofMillis(50);

    /**
     * A state may have gigabytes, and so have a checkpoint and a first or restored version, which
     * the reports' writer writes. The next owner does not wait so long: it fences.
     */
    private static final Duration STATE_TIMEOUT = Duration.ofMinutes(10);

    private final Topics topics;
    private final int shard;
    private final String incarnation = UUID.randomUUID().toString().substring(0, 8);
    private final TransactionalWriter writer;
    private final StateWriter states;
    private final SumWriter sumWriter;
    private final Consumer<byte[], byte[]> commands;
    private final Consumer<byte[], byte[]> tensors;
    private final PartitionReader reader;
    private final Admin admin;
    private final ShardStore store;
    private final GradientReader gradients;
    private final GradientReader sums;
    private final GradientTail tail;
    private final ShardDriver driver;
    private long sent;
    private volatile boolean stopped;

    /** @param first makes version 0, which is asked for only where it is not written yet */
    public record Setup(
            Clients clients, Topics topics, int shard, Function<RunSettings, FirstVersion> first) {}

    public ShardShell(Setup setup) {
        this.topics = setup.topics();
        this.shard = setup.shard();
        RunSettings run = awaitRun(setup);
        ShardLayout layout =
                new ShardLayout(run.model().parameters(), run.fleet().shards());
        if (shard < 0 || shard >= layout.shards()) {
            throw new IllegalArgumentException("there is no shard " + shard + "; run " + run.runId()
                    + " has " + layout.shards());
        }
        this.store = new ShardStore(topics, layout, shard, run.start());
        String transactionalId = topics.prefix() + "-shard-" + shard;
        Clients clients = setup.clients().of(run, topics);
        this.writer = new TransactionalWriter(clients, transactionalId, STATE_TIMEOUT);
        this.states = states(clients, transactionalId + "-state");
        this.sumWriter =
                new SumWriter(clients.burstWriter("plimsoll-shard-" + shard + "-sums"), shard);
        this.commands = clients.reader("plimsoll-shard-" + shard + "-commands");
        this.tensors = clients.tensorReader("plimsoll-shard-" + shard + "-reader");
        this.reader = new PartitionReader(tensors);
        this.admin = clients.admin("plimsoll-shard-" + shard + "-admin");
        this.gradients = new GradientReader(topics.gradients(), shard, reader);
        this.sums = new GradientReader(topics.sums(), shard, reader);
        TopicPartition own = new TopicPartition(topics.gradients(), shard);
        this.tail = new GradientTail(
                clients.stretchReader("plimsoll-shard-" + shard + "-tail", TAIL_WAIT), own);
        try {
            ShardStore.Stored stored =
                    store.load(reader).orElseGet(() -> initial(setup, run, layout));
            this.driver = new ShardDriver(
                    layout, run.optimizer(), stored.state(), stored.place(), incarnation);
            listen();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        LOG.infof("shard %d of %d at version %d", shard, layout.shards(), driver.version());
    }

    /**
     * Fences the predecessor's, too: what it has not committed by now is not loaded, or written.
     */
    private StateWriter states(Clients clients, String transactionalId) {
        try {
            return new StateWriter(
                    new TransactionalWriter(clients, transactionalId, STATE_TIMEOUT), store);
        } catch (RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    /** However long it takes: shards may start before the planner. */
    private static RunSettings awaitRun(Setup setup) {
        try (JournalReader journal =
                new JournalReader(setup.clients(), setup.topics(), "plimsoll-run-lookup")) {
            return journal.awaitRun(FOREVER).orElseThrow();
        }
    }

    private ShardStore.Stored initial(Setup setup, RunSettings run, ShardLayout layout) {
        ShardState state = setup.first().apply(run).shard(layout, shard);
        return new ShardStore.Stored(
                state, store.write(writer, state, state.manifest(layout, -1, List.of())));
    }

    /** What the planner sends after the report lies after the end that is captured before it. */
    private void listen() {
        TopicPartition lane = new TopicPartition(topics.commands(), Topics.lanePartition(0));
        commands.assign(List.of(lane));
        commands.seek(lane, commands.endOffsets(List.of(lane)).get(lane));
        drive(new ShardInput.Listening(reader.end(new TopicPartition(topics.gradients(), shard))));
    }

    /** Until {@link #stop}, or an exception, after which this shell must not be used. */
    public void run() {
        while (!stopped) {
            boolean follows = tail.isFollowing();
            for (ConsumerRecord<byte[], byte[]> record : commands.poll(follows ? BRIEFLY : POLL)) {
                if (!Seal.isForeign(record)) {
                    drive(read(record));
                }
                states.written().ifPresent(this::drive);
            }
            states.written().ifPresent(this::drive);
            if (tail.isFollowing() && tail.poll()) {
                drive(new ShardInput.Arrived(tail.sum()));
            }
        }
    }

    private ShardInput read(ConsumerRecord<byte[], byte[]> record) {
        return switch (Wire.COMMANDS.decode(record)) {
            case Decoded.Ok<Command>(Command command) -> new ShardInput.CommandRead(command);
            case Decoded.Malformed<Command>(var where, var problem) -> {
                LOG.warnf("shard %d skips %s: %s", shard, where, problem);
                yield new ShardInput.CommandSkipped();
            }
        };
    }

    /** Ends {@link #run} soon. May be called by any thread. */
    public void stop() {
        stopped = true;
    }

    private void drive(ShardInput input) {
        driver.drive(input, this::carryOut);
    }

    private Optional<ShardInput> carryOut(ShardAction action) {
        return switch (action) {
            case ShardAction.ReadGradients(ContributionRead contribution) -> {
                gradients.read(contribution);
                yield Optional.of(new ShardInput.GradientsRead(contribution));
            }
            case ShardAction.ReadSum(PublishedSum sum) -> {
                sums.read(sum);
                yield Optional.of(new ShardInput.SumRead(sum));
            }
            case ShardAction.Follow(SumOnArrival sum, long fromOffset) -> {
                tail.follow(sum, fromOffset);
                yield Optional.empty();
            }
            case ShardAction.ReadArrivals(SumOnArrival sum, long toOffset) -> {
                tail.readTo(sum, toOffset);
                yield Optional.of(new ShardInput.ArrivalsRead(sum));
            }
            case ShardAction.SendChunks(String publication, List<TensorChunk> chunks) -> {
                sumWriter.send(publication, store.sum(chunks));
                yield Optional.empty();
            }
            case ShardAction.ReadCheckpoint(String name) -> Optional.of(load(name));
            case ShardAction.PublishSum(SumToPublish sum) -> Optional.of(publish(sum));
            case ShardAction.Write(ShardTransaction transaction) -> {
                writer.write(records(transaction));
                log(transaction);
                yield Optional.of(new ShardInput.Committed(transaction));
            }
            case ShardAction.WriteState write -> {
                states.begin(write);
                yield Optional.empty();
            }
            case ShardAction.AwaitState await -> Optional.of(states.await());
            case ShardAction.DeleteGradients(long beforeOffset) -> {
                gradients.deleteBefore(beforeOffset, admin);
                yield Optional.empty();
            }
            case ShardAction.DeleteSums(long beforeOffset) -> {
                sums.deleteBefore(beforeOffset, admin);
                yield Optional.empty();
            }
            case ShardAction.Ignore(String reason) -> {
                LOG.debug(reason);
                yield Optional.empty();
            }
            case ShardAction.End(String problem) -> throw new IllegalStateException(problem);
        };
    }

    private ShardInput load(String checkpoint) {
        try {
            return new ShardInput.CheckpointRead(store.load(reader, checkpoint));
        } catch (IllegalStateException e) {
            return new ShardInput.CheckpointUnusable(e.getMessage());
        }
    }

    private ShardInput publish(SumToPublish sum) {
        sumWriter.send(sum.publication(), store.sum(sum));
        return new ShardInput.SumPublished(sum, sumWriter.finish());
    }

    private Stream<ProducerRecord<byte[], byte[]>> records(ShardTransaction transaction) {
        Stream<ProducerRecord<byte[], byte[]>> records = switch (transaction) {
            case ShardTransaction.Answer answer -> Stream.of();
            case ShardTransaction.Folded folded -> Stream.of(store.manifest(folded.manifest()));
            case ShardTransaction.NewVersion version ->
                store.state(version.state(), version.manifest());
            case ShardTransaction.NewCheckpoint checkpoint ->
                store.checkpoint(checkpoint.state(), checkpoint.name());
        };
        return Stream.concat(records, Stream.of(record(transaction.report())));
    }

    private void log(ShardTransaction written) {
        switch (written.report()) {
            case Report.ContributionUnusable unusable -> LOG.warnf("shard %d: %s", shard, unusable);
            case Report.CheckpointSaved saved ->
                LOG.infof(
                        "shard %d: checkpoint %s is version %d",
                        shard, saved.name(), saved.version());
            case Report.CheckpointRestored restored ->
                LOG.infof(
                        "shard %d: version %d is checkpoint %s again",
                        shard, restored.version(), restored.name());
            case Report.OfShard routine -> LOG.debugf("shard %d: %s", shard, routine);
        }
    }

    private ProducerRecord<byte[], byte[]> record(Report report) {
        return Wire.REPORTS.toRecord(
                topics.reports(),
                Topics.reportPartition(report),
                report.sender(),
                report,
                report.sender(),
                incarnation + "-" + sent++);
    }

    @Override
    public void close() {
        commands.close();
        tensors.close();
        tail.close();
        admin.close(Duration.ofSeconds(2));
        states.close();
        sumWriter.close();
        writer.close();
    }
}
