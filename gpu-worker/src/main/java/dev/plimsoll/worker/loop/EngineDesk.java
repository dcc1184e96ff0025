package dev.plimsoll.worker.loop;

import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the engine was asked last, until it answers. It is asked one thing at a time; an answer to
 * anything else is a bug.
 */
final class EngineDesk {
    private EngineWork work;

    boolean isIdle() {
        return work == null;
    }

    /** What it does ends in a contribution. */
    boolean holdsGradients() {
        return work instanceof EngineWork.Computing(Command.TrainMicroBatch _)
                || work instanceof EngineWork.Taking;
    }

    /** The attempt in the engine now; 0 when there is none. */
    long attemptUnderWay() {
        return work instanceof EngineWork.Computing(Command.OfMicroBatch command)
                ? command.attempt().attempt()
                : 0;
    }

    /** The micro-batch in the engine now. */
    Optional<Command.TrainMicroBatch> training() {
        return work instanceof EngineWork.Computing(Command.TrainMicroBatch command)
                ? Optional.of(command)
                : Optional.empty();
    }

    void begin(EngineWork begun) {
        work = begun;
    }

    EngineWork.Computing endComputing(Attempt attempt) {
        return end(
                EngineWork.Computing.class,
                computing -> computing.command().attempt().equals(attempt),
                "ended " + attempt);
    }

    EngineWork.Taking endTaking(long contribution) {
        return end(
                EngineWork.Taking.class,
                taking -> taking.order().contribution() == contribution,
                "took the sum for contribution " + contribution);
    }

    EngineWork.Loading endLoading(long request) {
        return end(
                EngineWork.Loading.class,
                loading -> loading.request() == request,
                "loaded the state of request " + request);
    }

    EngineWork.Folding endFolding(long version) {
        return end(
                EngineWork.Folding.class,
                folding -> folding.version() == version,
                "made version " + version);
    }

    private <W extends EngineWork> W end(Class<W> type, Predicate<W> isThis, String answer) {
        if (!type.isInstance(work) || !isThis.test(type.cast(work))) {
            throw new IllegalStateException("the engine " + answer + " while the loop has " + work);
        }
        W ended = type.cast(work);
        work = null;
        return ended;
    }
}
