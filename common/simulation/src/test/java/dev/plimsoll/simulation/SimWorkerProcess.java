package dev.plimsoll.simulation;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.tensor.TensorDtype;
import dev.plimsoll.worker.loop.Action;
import dev.plimsoll.worker.loop.Input;
import dev.plimsoll.worker.loop.WorkerDriver;
import dev.plimsoll.worker.loop.WorkerIdentity;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The process around a real {@link WorkerDriver}: its readers, its producer and its engine's
 * thread, one act at a time.
 */
final class SimWorkerProcess {
    /** Room for about a thousand tokens of four layers that are not recomputed. */
    private static final long MEMORY_BYTES = 64_000_000;

    private final SimWorld world;
    private final int index;
    private final String workerId;
    private final SplittableRandom random;
    private final WorkerDriver driver;
    private final SimEngine engine;
    private final SimProducer producer;
    private final Deque<Input> inbox = new ArrayDeque<>();
    private final SortedMap<Integer, Integer> lanes = new TreeMap<>();
    private final Deque<Integer> lanesToAdd = new ArrayDeque<>();
    private final List<Reading> readings = new ArrayList<>();
    private final List<Echo> echoes = new ArrayList<>();
    private final SimStateReader states;
    private final SimSumReader sums;
    private final PlantedWorker planted;
    private boolean ahead;
    private Optional<Action.Share> share = Optional.empty();

    /** Sequences that are being read. */
    private record Reading(Attempt attempt, List<SequenceRef> sequences, long dueMillis) {}

    /** A command that comes a second time. */
    private record Echo(Command command, long dueMillis) {}

    SimWorkerProcess(SimWorld world, int index, String incarnation, SplittableRandom random) {
        this.world = world;
        this.index = index;
        this.workerId = "worker-" + index;
        this.random = random;
        this.driver = new WorkerDriver(
                new WorkerIdentity(
                        workerId, incarnation, world.run.model().hash(), world.device(index)),
                world.run.fleet().lease(),
                nanos());
        this.engine = new SimEngine(world, index, random);
        this.states = new SimStateReader(world, random);
        this.sums = new SimSumReader(world, index, random);
        this.planted = new PlantedWorker(world, engine);
        this.producer = new SimProducer(world, index, inbox::add);
        lanes.put(0, world.kafka.lanes.get(0).size());
    }

    void act() {
        readLanes();
        hearEchoes();
        readVersions();
        readSequences();
        engine.act();
        think();
        turn(Optional.empty());
        producer.act(random);
    }

    void stop() {
        turn(Optional.of(new Input.StopAsked("for now")));
    }

    /** It has said everything and is through. */
    boolean ended() {
        return driver.isOver() && producer.isEmpty();
    }

    /** It has made a version of a sum that is not published yet. */
    boolean isAheadUnpublished() {
        return ahead && producer.isPublishing();
    }

    private boolean mayRead() {
        return world.brokerIsUp() && !world.faults.holds(FaultKind.WORKER_READS_NOTHING, index);
    }

    private void readLanes() {
        if (!mayRead()) {
            return;
        }
        for (Integer lane = lanesToAdd.poll(); lane != null; lane = lanesToAdd.poll()) {
            lanes.putIfAbsent(lane, world.kafka.lanes.get(lane).size());
            inbox.add(new Input.LaneRead(lane));
        }
        for (int lane : List.copyOf(lanes.keySet())) {
            SimTopic<Command> log = world.kafka.lanes.get(lane);
            while (lanes.get(lane) < log.size() && random.nextInt(10) < 8) {
                log.read(lanes.merge(lane, 1, Integer::sum) - 1).ifPresent(read -> {
                    if (read instanceof Decoded.Ok<Command>(Command command)) {
                        deliver(command);
                    }
                });
            }
        }
    }

    private void deliver(Command command) {
        boolean mine = switch (command) {
            case Command.Laned laned -> laned.workerId().equals(workerId);
            case Command.Admitted admitted -> admitted.workerId().equals(workerId);
            default -> false;
        };
        if (mine && world.faults.strikes(FaultKind.WORKER_MISSES_COMMAND, index)) {
            world.timeline.note(() -> workerId + " misses " + command);
            return;
        }
        inbox.add(new Input.CommandRead(command));
        if ((mine || command instanceof Command.FixClip)
                && world.faults.strikes(FaultKind.WORKER_HEARS_TWICE, index)) {
            echoes.add(new Echo(command, world.nowMillis + random.nextInt(600)));
        }
    }

    private void hearEchoes() {
        for (Echo echo : List.copyOf(echoes)) {
            if (echo.dueMillis() <= world.nowMillis) {
                echoes.remove(echo);
                world.timeline.note(() -> workerId + " hears again " + echo.command());
                inbox.add(new Input.CommandRead(planted.again(echo.command())));
            }
        }
    }

    private void readVersions() {
        if (mayRead()) {
            states.act().ifPresent(inbox::add);
            sums.act().ifPresent(inbox::add);
        }
    }

    private void readSequences() {
        for (Reading reading : List.copyOf(readings)) {
            if (mayRead() && reading.dueMillis() <= world.nowMillis) {
                readings.remove(reading);
                inbox.add(read(reading));
            }
        }
    }

    private Input read(Reading reading) {
        List<PackedSequence> sequences = new ArrayList<>();
        for (SequenceRef reference : reading.sequences()) {
            SimSample sample = world.sample(reference.ordinal());
            if (sample.ill() == SimSample.Ill.UNREADABLE || world.isUnreadableNow(sample)) {
                return new Input.SequencesUnreadable(reading.attempt(), "simulated");
            }
            sequences.add(sample.packed());
        }
        return new Input.SequencesRead(reading.attempt(), sequences);
    }

    private void think() {
        while (!inbox.isEmpty() && !driver.isOver() && random.nextInt(10) < 9) {
            turn(Optional.of(inbox.poll()));
        }
    }

    private void turn(Optional<Input> input) {
        Optional<Input> given = input.map(planted::given);
        planted.rewritten(driver.turn(given, sight())).forEach(this::take);
    }

    private WorkerDriver.Sight sight() {
        List<WorkerCard> cards = world.device(index).cards();
        if (!cards.isEmpty()) {
            return sight(SimCards.memory(world, index, cards));
        }
        // another process comes and goes
        boolean invaded = world.faults.holds(FaultKind.WORKER_LOSES_MEMORY, index);
        long free = invaded ? MEMORY_BYTES / 8 : MEMORY_BYTES;
        return sight(new MemoryMeasures(1, 1, 1, free, MEMORY_BYTES - free, MEMORY_BYTES));
    }

    private WorkerDriver.Sight sight(MemoryMeasures memory) {
        return new WorkerDriver.Sight(nanos(), memory, engine.layersDone(), 0, 0);
    }

    private long nanos() {
        return TimeUnit.MILLISECONDS.toNanos(world.nowMillis);
    }

    private void take(Action action) {
        switch (action) {
            case Action.SendReport(Report report) -> say(report);
            case Action.SendTelemetry telemetry -> {}
            case Action.ReadLane(int lane) -> lanesToAdd.add(lane);
            case Action.ReadState read -> states.ask(read);
            case Action.ReadSum read -> sums.ask(read);
            case Action.FollowSum follow -> sums.follow(follow);
            case Action.ReadSequences(Attempt attempt, List<SequenceRef> sequences) ->
                readings.add(
                        new Reading(attempt, sequences, world.nowMillis + random.nextInt(100)));
            case Action.Train train -> submit(train);
            case Action.Evaluate evaluate ->
                engine.submit(
                        engine.trainMillis(),
                        () -> inbox.add(new Input.MicroBatchDone(
                                evaluate.attempt(), engine.evaluate(evaluate))));
            case Action.Share said -> share = Optional.of(said);
            case Action.LoadState(long request, AdapterState state) ->
                engine.submit(5, () -> load(request, state));
            case Action.TakeSum(long contribution, TensorDtype dtype) ->
                engine.submit(
                        2, () -> inbox.add(new Input.SumTaken(engine.take(contribution, dtype))));
            case Action.FoldTaken(FoldNumbers numbers) ->
                engine.submit(3, () -> fold(numbers, engine.foldTaken(numbers)));
            case Action.Fold(FoldNumbers numbers, WireVector sum) ->
                engine.submit(3, () -> fold(numbers, engine.fold(numbers, sum)));
            case Action.PublishSum(ContributionManifest manifest, TakenSum sum) ->
                producer.publish(manifest, sum);
            case Action.CapMemory cap -> {}
            case Action.ZeroSum zero -> engine.submit(0, engine::zero);
            case Action.Stop stop -> {}
        }
    }

    private void load(long request, AdapterState state) {
        ahead = false;
        inbox.add(new Input.StateLoaded(request, engine.load(state)));
    }

    private void fold(FoldNumbers numbers, long digest) {
        ahead = producer.isPublishing();
        inbox.add(new Input.Folded(numbers.version(), digest));
    }

    private Optional<Action.Share> takeShare(Attempt attempt) {
        Optional<Action.Share> said = share.filter(is -> is.attempt().equals(attempt));
        share = said.isPresent() ? Optional.empty() : share;
        return said;
    }

    private void submit(Action.Train train) {
        SimSharing sharing =
                new SimSharing(world, engine, producer, train, () -> takeShare(train.attempt()));
        engine.submit(engine.trainMillis(), sharing::goOn, () -> {
            MicroBatchResult result = sharing.result(engine.train(train));
            inbox.add(new Input.MicroBatchDone(train.attempt(), result, sharing.taken(result)));
        });
    }

    private void say(Report report) {
        world.truth.said(report, engine.isDamaged());
        if (world.plant == Plant.RECALLED_ALSO_TRAINED
                && report instanceof Report.MicroBatchFailed failed
                && failed.reason() == FailureReason.RECALLED) {
            engine.add(world.truth.dispatched(failed.attempt()));
        }
        producer.say(report);
    }
}
