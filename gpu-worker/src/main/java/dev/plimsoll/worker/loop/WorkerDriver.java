package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Telemetry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Drives a worker around its {@link WorkerLoop}, one turn at a time: what is seen of the card comes
 * before what happened, and a sign of life after it when one is due. Pure: no clock, no client, no
 * thread; the process and the simulation drive this same class.
 *
 * <p>The turns' actions are to be carried out in the order given. After {@link Action.Stop} nothing
 * follows from any turn.
 */
public final class WorkerDriver {

    /** How soon a change of the card's memory is looked at. */
    private static final long LOOK_NANOS = Duration.ofMillis(200).toNanos();

    private final WorkerLoop loop;
    private final WorkerIdentity identity;
    private final SignsOfLife signs;
    private boolean over;

    /**
     * What the process sees as it takes a turn.
     *
     * @param nowNanos of a clock that only goes forward
     * @param layersDone of the micro-batch that was under way before the turn
     * @param liveHandles of tensors that the engine holds
     * @param pinnedBytes of host memory that the engine has pinned for what layers leave there
     */
    public record Sight(
            long nowNanos,
            MemoryMeasures memory,
            int layersDone,
            int liveHandles,
            long pinnedBytes) {}

    /** @param lease in which a worker must be heard of */
    public WorkerDriver(WorkerIdentity identity, Duration lease, long nowNanos) {
        this.identity = identity;
        this.loop = new WorkerLoop(identity);
        this.signs = new SignsOfLife(lease, nowNanos);
    }

    /** How long the process may wait for an input before it takes a turn without one. */
    public long patienceNanos(long nowNanos) {
        return Math.min(LOOK_NANOS, signs.nanosToNext(nowNanos));
    }

    /** Whether the worker has been told to stop. */
    public boolean isOver() {
        return over;
    }

    /**
     * One turn. The memory comes first: before an out of memory is reported, the planner knows who
     * has the memory.
     *
     * @param input what happened, if anything
     */
    public List<Action> turn(Optional<Input> input, Sight sight) {
        List<Action> actions = new ArrayList<>();
        long attemptSeen = loop.attemptUnderWay();
        give(new Input.MemoryMeasured(sight.memory()), actions);
        input.ifPresent(is -> give(is, actions));
        if (!over && signs.takeDue(sight.nowNanos())) {
            // what began in this turn has no layer behind it
            boolean isSeen = loop.attemptUnderWay() == attemptSeen;
            give(new Input.Tick(isSeen ? sight.layersDone() : 0), actions);
            actions.add(new Action.SendTelemetry(measured(sight)));
        }
        return actions;
    }

    private void give(Input input, List<Action> actions) {
        if (input instanceof Input.MicroBatchDone done
                && done.result() instanceof MicroBatchResult.Trained trained) {
            signs.trained(trained.tokens());
        }
        List<Action> following = loop.on(input);
        over |= following.stream().anyMatch(Action.Stop.class::isInstance);
        actions.addAll(following);
    }

    private Telemetry measured(Sight sight) {
        return new Telemetry.WorkerMeasured(
                identity.workerId(),
                loop.generation(),
                signs.takeTokensPerSecond(sight.nowNanos()),
                sight.liveHandles(),
                sight.memory(),
                sight.pinnedBytes());
    }
}
