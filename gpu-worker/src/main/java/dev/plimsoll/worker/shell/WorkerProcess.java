package dev.plimsoll.worker.shell;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.SumSharing;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.StateAssembly;
import dev.plimsoll.wire.tensor.TensorDtype;
import dev.plimsoll.worker.kafka.ContributionWriter;
import dev.plimsoll.worker.kafka.LaneReader;
import dev.plimsoll.worker.kafka.ReportWriter;
import dev.plimsoll.worker.kafka.SequenceReader;
import dev.plimsoll.worker.kafka.StateReader;
import dev.plimsoll.worker.kafka.SumReader;
import dev.plimsoll.worker.loop.Action;
import dev.plimsoll.worker.loop.Input;
import dev.plimsoll.worker.loop.Measured;
import dev.plimsoll.worker.loop.WorkerDriver;
import dev.plimsoll.worker.loop.WorkerIdentity;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Carries out what a {@link WorkerDriver} says: its inputs come from the Kafka readers and the
 * engine's thread through one inbox, its actions go back to them. Kafka is read on threads of its
 * own, never on the engine's.
 */
public final class WorkerProcess implements AutoCloseable {

    /** How the process ended. */
    public record Outcome(Ending ending, String note) {}

    /** Why a worker ends, and the process with it. */
    public enum Ending {
        LEFT(ExitCode.DONE),
        BROKE(ExitCode.INTERNAL),
        BROKER_AWAY(ExitCode.BROKER),
        REFUSED(ExitCode.REFUSED);

        private final ExitCode exitCode;

        Ending(ExitCode exitCode) {
            this.exitCode = exitCode;
        }

        ExitCode exitCode() {
            return exitCode;
        }
    }

    private static final Logger LOG = Logger.getLogger(WorkerProcess.class);
    private static final int MAX_INBOX = 100_000;

    private final LinkedBlockingQueue<Input> inbox = new LinkedBlockingQueue<>(MAX_INBOX);
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final AtomicInteger layersDone = new AtomicInteger();
    private final LifeSigns life = new LifeSigns();
    /** What was said last of the micro-batch in the engine, or on its way there. */
    private final AtomicReference<Action.Share> share = new AtomicReference<>();

    private final WorkerDriver driver;
    private final WorkerIdentity identity;
    private final EngineThread engine;
    private final ReportWriter reports;
    private final ContributionWriter contributions;
    private final LaneReader lanes;
    private final StateReader states;
    private final SumReader sums;
    private final SequenceReader sequences;
    private final ShardLayout layout;
    private final long updatesBefore;
    private final int longestTokens;

    /** The engine is open already; this process closes it. */
    WorkerProcess(
            Clients clients,
            Topics topics,
            RunSettings run,
            WorkerIdentity identity,
            EngineThread engine) {
        this(clients, topics, run, identity, engine, Integer.MAX_VALUE);
    }

    /** @param vocabulary of the model: what has other tokens is not trained */
    WorkerProcess(
            Clients clients,
            Topics topics,
            RunSettings run,
            WorkerIdentity identity,
            EngineThread engine,
            int vocabulary) {
        this.identity = identity;
        this.engine = engine;
        String clientId = "plimsoll-" + identity.workerId();
        updatesBefore = run.start().updates();
        longestTokens = run.fleet().maxSequenceTokens();
        layout = new ShardLayout(run.model().parameters(), run.fleet().shards());
        driver = new WorkerDriver(identity, run.fleet().lease(), System.nanoTime());
        reports = new ReportWriter(clients, topics, clientId, this::fail);
        contributions =
                new ContributionWriter(clients, topics, clientId, layout, new Contributions());
        lanes = new LaneReader(
                clients, topics, clientId, new Commands(), lane -> tell(new Input.LaneRead(lane)));
        states = new StateReader(clients, topics, clientId, layout, this::stateRead);
        sums = new SumReader(clients, topics, clientId, layout, new Sums());
        sequences = new SequenceReader(clients, topics, clientId, vocabulary, new Sequences());
        engine.broken().thenAccept(this::fail);
        start("lanes", lanes);
        start("state", states);
        start("sums", sums);
        start("contributions", contributions);
        start("sequences", sequences);
        start("loop", this::run);
    }

    /** Completes when the worker has left, was refused, or broke. */
    public CompletableFuture<Outcome> outcome() {
        return outcome;
    }

    /** Whether the loop turns and the worker takes part in the run. */
    LifeSigns life() {
        return life;
    }

    String workerId() {
        return identity.workerId();
    }

    /** The card's memory, as it was read last. */
    MemoryMeasures memory() {
        return engine.memory();
    }

    /** Asks the worker to leave. */
    public void stop(String note) {
        tell(new Input.StopAsked(note));
    }

    private void start(String name, Runnable body) {
        Thread.ofPlatform().name(identity.workerId() + "-" + name).daemon(true).start(() -> {
            try {
                body.run();
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        });
    }

    private void run() {
        while (!outcome.isDone()) {
            try {
                Input input =
                        inbox.poll(driver.patienceNanos(System.nanoTime()), TimeUnit.NANOSECONDS);
                driver.turn(Optional.ofNullable(input), sight()).forEach(this::take);
                life.turned();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private WorkerDriver.Sight sight() {
        return new WorkerDriver.Sight(
                System.nanoTime(),
                engine.memory(),
                layersDone.get(),
                engine.liveHandles(),
                engine.pinnedBytes());
    }

    private void take(Action action) {
        switch (action) {
            case Action.SendReport(Report report) -> {
                reports.send(report);
                life.sent(report);
                if (report instanceof Report.Ready ready) {
                    LOG.infof(
                            "workerId=%s is ready as generation %d, %s",
                            ready.workerId(), ready.generation(), LifeSigns.age());
                }
            }
            case Action.SendTelemetry(Telemetry telemetry) -> reports.send(telemetry);
            case Action.ReadLane(int lane) -> lanes.addLane(lane);
            case Action.ReadState(long request, long atLeast, List<StatePlace> places) ->
                states.request(request, atLeast, places);
            case Action.ReadSum(long request, SumSource source) -> sums.request(request, source);
            case Action.FollowSum(long step) -> sums.follow(step);
            case Action.ReadSequences(Attempt attempt, List<SequenceRef> refs) ->
                sequences.request(attempt, refs);
            case Action.Train train -> engine.submit(running -> train(running, train));
            case Action.Evaluate evaluate -> engine.submit(running -> evaluate(running, evaluate));
            case Action.Share said -> share.set(said);
            case Action.LoadState load -> engine.submit(running -> load(running, load));
            case Action.TakeSum(long contribution, TensorDtype dtype) ->
                engine.submit(running -> {
                    tell(new Input.SumTaken(running.takeSum(contribution, dtype, layout)));
                    running.betweenSteps();
                });
            case Action.FoldTaken(FoldNumbers numbers) ->
                engine.submit(running ->
                        tell(new Input.Folded(numbers.version(), running.foldTaken(numbers))));
            case Action.Fold(FoldNumbers numbers, WireVector sum) ->
                engine.submit(running ->
                        tell(new Input.Folded(numbers.version(), running.fold(numbers, sum))));
            case Action.PublishSum(ContributionManifest manifest, TakenSum sum) ->
                contributions.publish(manifest, sum);
            case Action.ZeroSum ignored -> engine.submit(TrainingEngine::zeroGradientSum);
            case Action.CapMemory(long capBytes) -> engine.cap(capBytes);
            case Action.Stop(boolean refused, String note) -> {
                reports.flush();
                outcome.complete(new Outcome(refused ? Ending.REFUSED : Ending.LEFT, note));
            }
        }
    }

    private void train(TrainingEngine running, Action.Train train) {
        Sharing sharing = new Sharing(train.attempt());
        MicroBatchResult result =
                running.train(train.sequences(), train.plan(), counting(running), sharing);
        rest(running);
        if (result instanceof MicroBatchResult.Trained trained) {
            reports.send(new Telemetry.MicroBatchMeasured(
                    identity.workerId(),
                    train.generation(),
                    train.attempt(),
                    Measured.of(trained),
                    engine.memory()));
        }
        tell(new Input.MicroBatchDone(train.attempt(), result, Optional.ofNullable(sharing.taken)));
        if (sharing.taken != null) {
            running.betweenSteps();
        }
    }

    /** What leaves of a micro-batch's sum before the micro-batch has ended. */
    private final class Sharing implements SumSharing {
        private final Attempt attempt;
        private TakenSum taken;

        private Sharing(Attempt attempt) {
            this.attempt = attempt;
        }

        @Override
        public Optional<Order> order() {
            // an attempt that is heard of again is not shared again
            Action.Share said = share.get();
            return Optional.ofNullable(said)
                    .filter(is -> is.attempt().equals(attempt) && share.compareAndSet(is, null))
                    .map(is -> new Order(is.contribution(), is.dtype(), layout));
        }

        @Override
        public void part(long contribution, WireVector vector, int from, int to) {
            contributions.publishPart(contribution, vector, from, to, identity.workerId());
        }

        @Override
        public void taken(TakenSum sum) {
            taken = sum;
        }
    }

    private void evaluate(TrainingEngine running, Action.Evaluate evaluate) {
        MicroBatchResult result =
                running.evaluate(evaluate.sequences(), evaluate.plan(), counting(running));
        rest(running);
        tell(new Input.MicroBatchDone(evaluate.attempt(), result));
    }

    private LayerListener counting(TrainingEngine running) {
        return (done, total) -> {
            layersDone.incrementAndGet();
            engine.measureWhenDue(running);
        };
    }

    /** Before the loop can begin another: its layers are counted from 0. */
    private void rest(TrainingEngine running) {
        layersDone.set(0);
        engine.measureAtRest(running);
    }

    /**
     * The topics do not say how many updates led to a version; each fold names its own. The number
     * here is right as long as nothing was rolled back.
     */
    private void stateRead(long request, StateAssembly.State state) {
        tell(new Input.StateRead(
                request,
                new AdapterState(
                        state.version(),
                        updatesBefore + state.version(),
                        state.master(),
                        state.firstMoment(),
                        state.secondMoment())));
    }

    private void load(TrainingEngine running, Action.LoadState load) {
        running.loadState(load.state());
        running.expectSequences(longestTokens);
        // what the state takes is told with the first reading
        rest(running);
        tell(new Input.StateLoaded(load.request(), running.digest()));
    }

    private void tell(Input input) {
        if (!inbox.offer(input)) {
            fail(new IllegalStateException(
                    "the worker's inbox holds " + MAX_INBOX + " inputs; its loop must hang"));
        }
    }

    private void fail(Throwable problem) {
        if (outcome.complete(WorkerFailure.outcome(problem))) {
            LOG.errorf(problem, "workerId=%s the worker ends", identity.workerId());
        }
    }

    private final class Commands implements LaneReader.Listener {
        @Override
        public void command(Command command) {
            tell(new Input.CommandRead(command));
        }

        @Override
        public void malformed(
                Decoded.Malformed<Command> problem, ConsumerRecord<byte[], byte[]> record) {
            LOG.warnf(
                    "workerId=%s skipped %s: %s",
                    identity.workerId(), problem.where(), problem.problem());
            reports.park(record, problem.where(), problem.problem());
        }
    }

    private final class Contributions implements ContributionWriter.Listener {
        @Override
        public void published(long contribution, List<ChunkSpan> spans) {
            tell(new Input.SumPublished(contribution, spans));
        }

        @Override
        public void failed(Throwable problem) {
            fail(problem);
        }
    }

    private final class Sums implements SumReader.Listener {
        @Override
        public void read(long request, WireVector sum) {
            tell(new Input.SumRead(request, sum));
        }

        @Override
        public void unreadable(long request, String problem) {
            tell(new Input.SumUnreadable(request, problem));
        }
    }

    private final class Sequences implements SequenceReader.Listener {
        @Override
        public void read(Attempt attempt, List<PackedSequence> read) {
            tell(new Input.SequencesRead(attempt, read));
        }

        @Override
        public void unreadable(Attempt attempt, String problem) {
            tell(new Input.SequencesUnreadable(attempt, problem));
        }
    }

    @Override
    public void close() {
        outcome.complete(new Outcome(Ending.LEFT, "closed"));
        lanes.close();
        states.close();
        sums.close();
        sequences.close();
        contributions.close();
        engine.close();
        reports.close();
    }
}
