package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.coordinator.parameters.ContributionRead;
import dev.plimsoll.coordinator.parameters.ContributionSum;
import dev.plimsoll.coordinator.parameters.ShardCore;
import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Serves one shard of the parameter server. Opening it fences the shard's owner before, waits for
 * the run, and loads the newest version or writes version 0. A new version, its manifest and the
 * report of it are one transaction. Whatever goes wrong ends the process: the next owner loads what
 * is durable, and the planner tells it what it missed.
 */
public final class ShardShell implements AutoCloseable {

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final Logger LOG = Logger.getLogger(ShardShell.class);
    private static final Duration POLL = Duration.ofMillis(50);

    private final Topics topics;
    private final int shard;
    private final String incarnation = UUID.randomUUID().toString().substring(0, 8);
    private final TransactionalWriter writer;
    private final Consumer<byte[], byte[]> commands;
    private final Consumer<byte[], byte[]> reader;
    private final Admin admin;
    private final ShardStore store;
    private final GradientReader gradients;
    private final ShardCore core;
    /** The command in work, and the one whose sum is kept for the clip. */
    private Command.ApplyStep naming;

    private Command.ApplyStep summing;
    private long sent;
    private volatile boolean stopped;

    /** @param initial the flat adapter of version 0, all shards of it */
    public record Setup(
            Clients clients, Topics topics, int shard, Function<RunSettings, float[]> initial) {}

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
        this.writer = new TransactionalWriter(setup.clients(), topics.prefix() + "-shard-" + shard);
        this.commands = setup.clients().reader("plimsoll-shard-" + shard + "-commands");
        this.reader = setup.clients().reader("plimsoll-shard-" + shard + "-reader");
        this.admin = setup.clients().admin("plimsoll-shard-" + shard + "-admin");
        this.store = new ShardStore(topics, layout, shard);
        this.gradients = new GradientReader(topics, shard, reader);
        try {
            ShardState state = store.load(new PartitionReader(reader))
                    .orElseGet(() -> initial(setup, run, layout));
            this.core = new ShardCore(layout, run.optimizer(), state);
            listen();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        LOG.infof(
                "shard %d of %d at version %d",
                shard, layout.shards(), core.state().version());
    }

    private ShardState initial(Setup setup, RunSettings run, ShardLayout layout) {
        float[] flat = setup.initial().apply(run);
        if (flat.length != layout.parameters()) {
            throw new IllegalStateException("the adapter has " + flat.length
                    + " parameters, the run's " + layout.parameters());
        }
        ShardState state = ShardState.initial(
                shard,
                Arrays.copyOfRange(
                        flat,
                        Math.toIntExact(layout.start(shard)),
                        Math.toIntExact(layout.start(shard + 1))));
        writer.write(store.records(state, state.manifest(layout, -1, List.of())));
        return state;
    }

    /** However long it takes: shards may start before the planner. */
    private static RunSettings awaitRun(Setup setup) {
        try (JournalReader journal =
                new JournalReader(setup.clients(), setup.topics(), "plimsoll-run-lookup")) {
            return journal.awaitRun(FOREVER).orElseThrow();
        }
    }

    /** What the planner sends after the report lies after the end that is captured before it. */
    private void listen() {
        TopicPartition lane = new TopicPartition(topics.commands(), Topics.lanePartition(0));
        commands.assign(List.of(lane));
        commands.seek(lane, commands.endOffsets(List.of(lane)).get(lane));
        report(core.ready());
    }

    /** Until {@link #stop}, or an exception, after which this shell must not be used. */
    public void run() {
        while (!stopped) {
            for (ConsumerRecord<byte[], byte[]> record : commands.poll(POLL)) {
                switch (Wire.COMMANDS.decode(record)) {
                    case Decoded.Ok<Command>(Command.ApplyStep command) -> {
                        naming = command;
                        handle(core.on(command));
                    }
                    case Decoded.Ok<Command>(Command.FixClip command) -> handle(core.on(command));
                    case Decoded.Ok<Command>(Command.SaveCheckpoint command) ->
                        handle(core.on(command));
                    case Decoded.Ok<Command>(Command.RestoreCheckpoint command) ->
                        handle(core.on(command));
                    case Decoded.Ok<Command> other -> {}
                    case Decoded.Malformed<Command>(var where, var problem) -> {
                        LOG.warnf("shard %d skips %s: %s", shard, where, problem);
                        report(core.ready()); // if it named a step, the step is named again
                    }
                }
            }
        }
    }

    /** Ends {@link #run} soon. May be called by any thread. */
    public void stop() {
        stopped = true;
    }

    private void handle(ShardCore.Response response) {
        switch (response) {
            case ShardCore.Response.Ignored(String reason) -> LOG.debug(reason);
            case ShardCore.Response.Answer(Report answer) -> {
                report(answer);
                if (answer instanceof Report.ShardApplied) {
                    gradients.deleteThrough(naming, admin);
                }
            }
            case ShardCore.Response.Sum(ContributionSum sum) -> {
                summing = naming;
                report(read(sum).orElseGet(() -> core.summed(sum)));
            }
            case ShardCore.Response.Apply apply -> {
                apply(apply);
                if (apply.report() instanceof Report.ShardApplied) {
                    gradients.deleteThrough(summing, admin);
                }
            }
            case ShardCore.Response.Save save -> {
                List<ProducerRecord<byte[], byte[]>> records =
                        new ArrayList<>(store.checkpoint(save.state(), save.name()));
                records.add(record(save.report()));
                writer.write(records);
                LOG.infof(
                        "shard %d: checkpoint %s is version %d",
                        shard, save.name(), save.state().version());
            }
            case ShardCore.Response.Load(Command.RestoreCheckpoint command) -> {
                apply(core.restored(command, load(command)));
                LOG.infof(
                        "shard %d: version %d is checkpoint %s again",
                        shard, core.state().version(), command.name());
            }
        }
    }

    /**
     * An owner that was replaced may find a later checkpoint under the name: it is to end because
     * it is fenced.
     */
    private ShardState load(Command.RestoreCheckpoint command) {
        try {
            return store.load(new PartitionReader(reader), command.name(), command.ofVersion());
        } catch (IllegalStateException e) {
            report(core.ready());
            throw e;
        }
    }

    /** The report of the first contribution that cannot be used. */
    private Optional<Report> read(ContributionSum sum) {
        for (Optional<ContributionRead> next = sum.next(); next.isPresent(); next = sum.next()) {
            gradients.read(next.get());
            Optional<Report.ContributionUnusable> unusable = sum.add(next.get());
            if (unusable.isPresent()) {
                LOG.warnf("shard %d: %s", shard, unusable.get());
                return Optional.of(unusable.get());
            }
        }
        return Optional.empty();
    }

    private void apply(ShardCore.Response.Apply apply) {
        List<ProducerRecord<byte[], byte[]>> records =
                new ArrayList<>(store.records(apply.next(), apply.manifest()));
        records.add(record(apply.report()));
        writer.write(records);
        core.adopt(apply);
    }

    private void report(Report report) {
        writer.write(List.of(record(report)));
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
        reader.close();
        admin.close(Duration.ofSeconds(2));
        writer.close();
    }
}
