package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ContributionRead;
import dev.plimsoll.coordinator.parameters.PublishedSum;
import dev.plimsoll.coordinator.parameters.ShardAction;
import dev.plimsoll.coordinator.parameters.ShardDriver;
import dev.plimsoll.coordinator.parameters.ShardInput;
import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.coordinator.parameters.ShardTransaction;
import dev.plimsoll.coordinator.parameters.SumOnArrival;
import dev.plimsoll.coordinator.parameters.SumToPublish;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One process around a real {@link ShardDriver}: whatever goes wrong ends it, and the next loads
 * what is durable. States are written beside everything else, each taking its time.
 */
final class SimShardOwner {
    private static final int FAR_BEHIND = 10;

    private final SimWorld world;
    private final int shard;
    private final SplittableRandom random;
    private final SimGradientReader gradients;
    private final SimArrivals arrivals;
    private final SimStates states;
    private final PlantedShard planted;
    private final SimPublication publication;
    private final ShardDriver driver;
    private final long owner;
    private Optional<StateWrite> underWay = Optional.empty();

    private int laneZeroAt;
    private long stepHeard;
    private boolean ended;

    private record StateWrite(ShardAction.WriteState action, long dueMillis) {}

    SimShardOwner(SimWorld world, int shard, SplittableRandom random) {
        this.world = world;
        this.shard = shard;
        this.random = random;
        this.gradients = new SimGradientReader(world, shard);
        this.arrivals = new SimArrivals(gradients, random);
        this.states = world.kafka.states.get(shard);
        this.planted = new PlantedShard(world, shard);
        this.owner = ++world.kafka.shardOwners[shard];
        this.publication = new SimPublication(world, shard, owner, random);
        SimStates.Saved newest = states.newest();
        this.driver = new ShardDriver(
                world.layout,
                world.run.optimizer(),
                newest.state(),
                newest.place(),
                "owner" + owner);
        if (world.truth.committed() >= newest.state().version() + FAR_BEHIND) {
            world.situations.add(Situation.SHARD_STARTS_TEN_VERSIONS_BEHIND);
        }
        this.laneZeroAt = world.kafka.lanes.get(0).size();
        drive(new ShardInput.Listening(world.kafka.gradients.get(shard).size()));
    }

    boolean ended() {
        return ended;
    }

    /** Whether a state is half written. */
    boolean isWritingState() {
        return underWay.isPresent();
    }

    /** Whether a sum is half written, or written and not reported. */
    boolean isPublishing() {
        return publication.isUnderWay();
    }

    boolean isFarFromItsState() {
        return driver.version() >= states.newest().state().version() + FAR_BEHIND;
    }

    void act() {
        publication.act().ifPresent(this::drive);
        if (publication.isUnderWay()) {
            return;
        }
        arrivals.act().ifPresent(sum -> drive(new ShardInput.Arrived(sum)));
        if (underWay.filter(write -> write.dueMillis() <= world.nowMillis).isPresent()) {
            finishState().ifPresent(this::drive);
        }
        planted.takeBelieved().ifPresent(this::drive);
        SimTopic<Command> laneZero = world.kafka.lanes.get(0);
        while (!ended
                && !publication.isUnderWay()
                && laneZeroAt < laneZero.size()
                && random.nextInt(10) < 8) {
            switch (laneZero.read(laneZeroAt++).orElse(null)) {
                case null -> {}
                case Decoded.Ok<Command>(Command command) -> hear(command);
                case Decoded.Malformed<Command> malformed -> skip();
            }
        }
    }

    private void hear(Command command) {
        if (command instanceof Command.OfShards
                && world.faults.strikes(FaultKind.SHARD_MISSES_COMMAND, shard)) {
            skip();
        } else {
            stepHeard = command instanceof Command.ApplyStep step ? step.step() : stepHeard;
            planted.heard(command).forEach(heard -> drive(new ShardInput.CommandRead(heard)));
        }
    }

    private void skip() {
        if (world.plant != Plant.SHARD_SKIPS_QUIETLY) {
            drive(new ShardInput.CommandSkipped());
        }
    }

    private void drive(ShardInput input) {
        if (!ended) {
            driver.drive(input, this::carryOut);
        }
    }

    private Optional<ShardInput> carryOut(ShardAction action) {
        return switch (action) {
            case ShardAction.ReadGradients(ContributionRead read) -> {
                if (read.ref().isEmpty()) {
                    world.situations.add(Situation.SHARD_READS_CONTRIBUTION_AGAIN);
                } else if (arrivals.takeJustRead()) {
                    world.situations.add(Situation.SUM_ON_ARRIVAL_IS_MADE_AGAIN);
                }
                gradients.read(read, stepHeard);
                yield Optional.of(new ShardInput.GradientsRead(read));
            }
            case ShardAction.Follow(SumOnArrival sum, long from) -> {
                arrivals.follow(sum, from);
                yield Optional.empty();
            }
            case ShardAction.ReadArrivals(SumOnArrival sum, long to) -> {
                arrivals.readTo(sum, to);
                yield Optional.of(new ShardInput.ArrivalsRead(sum));
            }
            case ShardAction.SendChunks(String of, List<TensorChunk> chunks) -> {
                publication.send(of, chunks);
                yield Optional.empty();
            }
            case ShardAction.ReadSum(PublishedSum read) -> {
                world.situations.add(Situation.SHARD_READS_PUBLISHED_SUM);
                gradients.read(read, read.step());
                yield Optional.of(new ShardInput.SumRead(read));
            }
            case ShardAction.ReadCheckpoint(String name) -> Optional.of(read(name));
            case ShardAction.PublishSum(SumToPublish sum) -> {
                arrivals.takeJustRead();
                publication.begin(sum);
                yield Optional.empty();
            }
            case ShardAction.Write(ShardTransaction transaction) ->
                commit(transaction)
                        ? Optional.of(new ShardInput.Committed(transaction))
                        : Optional.empty();
            case ShardAction.WriteState write -> begin(write);
            case ShardAction.AwaitState await -> finishState();
            case ShardAction.DeleteGradients(long before) -> {
                delete(world.kafka.gradientsBegin, before);
                yield Optional.empty();
            }
            case ShardAction.DeleteSums(long before) -> {
                delete(world.kafka.sumsBegin, before);
                yield Optional.empty();
            }
            case ShardAction.Ignore ignored -> Optional.empty();
            case ShardAction.End(String problem) -> throw new AssertionError(problem);
        };
    }

    private void delete(long[] begins, long before) {
        begins[shard] = Math.max(begins[shard], before);
        world.truth.requireReadable(shard);
    }

    private ShardInput read(String checkpoint) {
        ShardState saved = world.kafka.checkpoints.get(shard).get(checkpoint);
        if (saved == null) {
            return new ShardInput.CheckpointUnusable("there is no checkpoint " + checkpoint);
        }
        return new ShardInput.CheckpointRead(
                world.plant != Plant.ROLLBACK_FORGETS_MOMENTS
                        ? saved
                        : new ShardState(
                                shard,
                                saved.version(),
                                saved.updates(),
                                saved.master(),
                                new float[saved.master().length],
                                new float[saved.master().length]));
    }

    /** All of it or nothing; whether the owner knows that it is durable. */
    private boolean commit(ShardTransaction transaction) {
        if (isFenced()) {
            return false;
        }
        boolean decides = !(transaction instanceof ShardTransaction.Answer)
                || transaction.report() instanceof Report.ShardSummed;
        if (decides && world.faults.strikes(FaultKind.SHARD_TRANSACTION_ABORTS, shard)) {
            ended = true;
            return false;
        }
        switch (transaction) {
            case ShardTransaction.Answer answer -> {}
            case ShardTransaction.Folded folded -> {
                world.truth.folded(folded.manifest());
                world.timeline.note(() ->
                        "shard-" + shard + " makes version " + folded.manifest().version());
                states.add(folded.manifest());
            }
            case ShardTransaction.NewVersion version -> {
                world.truth.written(version.state(), states.newest().state());
                world.timeline.note(() -> "shard-" + shard + " writes " + version.state());
                states.write(version.state(), version.manifest());
            }
            case ShardTransaction.NewCheckpoint save -> {
                world.timeline.note(
                        () -> "shard-" + shard + " saves " + save.name() + " of " + save.state());
                world.kafka.checkpoints.get(shard).put(save.name(), save.state());
            }
        }
        say(transaction.report());
        ended = decides && world.faults.strikes(FaultKind.SHARD_COMMIT_IS_AMBIGUOUS, shard);
        planted.committed(transaction);
        return !ended;
    }

    private void say(Report.OfShard report) {
        Report.OfShard said = planted.said(report);
        world.timeline.note(() -> "says " + said);
        world.kafka.report(said);
    }

    private Optional<ShardInput> begin(ShardAction.WriteState write) {
        long millis = random.nextInt(1 + random.nextInt(world.stateMillis));
        underWay = Optional.of(new StateWrite(write, world.nowMillis + millis));
        world.timeline.note(() -> "shard-" + shard + " begins to write " + write.state());
        planted.begun(write);
        return Optional.empty();
    }

    /** It is written as it is now: what is handed out must not have changed. */
    private Optional<ShardInput> finishState() {
        ShardAction.WriteState write = underWay.orElseThrow().action();
        underWay = Optional.empty();
        if (isFenced()) {
            return Optional.empty();
        }
        if (world.faults.strikes(FaultKind.SHARD_STATE_ABORTS, shard)) {
            planted.leaveBehind(write.state(), states);
            ended = true;
            return Optional.empty();
        }
        if (driver.version() > write.state().version()) {
            world.situations.add(Situation.STATE_IS_OVERTAKEN);
        }
        ShardState state = planted.written(write.state(), driver);
        world.truth.written(state, states.newest().state());
        world.timeline.note(() -> "shard-" + shard + " has written " + state);
        SimStates.Saved saved = states.write(state, write.manifest());
        if (random.nextInt(4) == 0) {
            states.compact();
        }
        ended = world.faults.strikes(FaultKind.SHARD_STATE_COMMIT_IS_AMBIGUOUS, shard);
        boolean told = world.plant == Plant.STATE_BELIEVED_BEFORE_COMMIT;
        return ended || told
                ? Optional.empty()
                : Optional.of(new ShardInput.StateWritten(write.state().version(), saved.place()));
    }

    /** Everything a shard writes goes through a transactional producer. */
    private boolean isFenced() {
        ended |= owner != world.kafka.shardOwners[shard] && world.plant != Plant.UNFENCED_SHARD;
        return ended;
    }
}
