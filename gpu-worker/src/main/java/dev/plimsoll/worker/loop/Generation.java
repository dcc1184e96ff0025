package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The work of one generation: what its lane ordered, what is in the sum, and the version that is
 * trained on. A micro-batch enters the sum whole or not at all; the ledger of what is in it changes
 * only with the engine's answer.
 */
final class Generation {

    /** An engine that computes in one of these loses nothing by bf16 on the wire. */
    private static final Set<String> LOW_PRECISIONS = Set.of("bf16", "fp8", "nf4");

    private final WorkerIdentity identity;
    private final Command.Admitted admission;
    private final EngineDesk engine;
    private final Publications publications;
    private final VersionFollower versions;
    private final GenerationReports reports;
    private final SumLedger sum = new SumLedger();
    private final WorkQueue queue = new WorkQueue();
    /** The contribution that leaves with the micro-batch in the engine; null for none. */
    private Command.Contribute sharing;
    /** It trains and makes versions no more; it contributes what it has. */
    private boolean leaving;

    /** Begins to read its lane and the state. */
    Generation(
            WorkerIdentity identity,
            Command.Admitted admission,
            EngineDesk engine,
            Publications publications,
            Requests requests,
            List<Action> actions) {
        this.identity = identity;
        this.admission = admission;
        this.engine = engine;
        this.publications = publications;
        this.reports = new GenerationReports(identity.workerId(), admission.generation());
        actions.add(new Action.ReadLane(admission.lane()));
        this.versions = new VersionFollower(admission, reports, requests, actions);
    }

    long number() {
        return admission.generation();
    }

    int lane() {
        return admission.lane();
    }

    GenerationReports reports() {
        return reports;
    }

    VersionFollower versions() {
        return versions;
    }

    boolean is(String workerId, long generation) {
        return workerId.equals(identity.workerId()) && generation == number();
    }

    /** A repeated order to evaluate may be done again; nobody waits for what is reported then. */
    void ordered(Command.OfMicroBatch order, List<Action> actions) {
        boolean known = queue.knows(order.attempt())
                || sum.holds(order.attempt())
                || engine.attemptUnderWay() == order.attempt().attempt();
        if (known) {
            return;
        }
        if (leaving) {
            handBack(order, "not begun: it is leaving", actions);
            return;
        }
        queue.add(order);
        actions.add(new Action.ReadSequences(order.attempt(), order.sequences()));
    }

    void ordered(Command.Contribute contribute) {
        queue.add(contribute);
    }

    /**
     * What has begun is reported when it ends; a repeated command of what was handed back is void.
     */
    void recalled(Attempt attempt, List<Action> actions) {
        queue.microBatch(attempt).ifPresent(order -> handBack(order, "not begun", actions));
    }

    void sequencesRead(Attempt attempt, List<PackedSequence> sequences) {
        queue.sequencesRead(attempt, sequences);
    }

    void sequencesUnreadable(Attempt attempt, String problem) {
        queue.sequencesUnreadable(attempt, problem);
    }

    void rolledBack(long version, List<Action> actions) {
        if (versions.rolledBack(version, actions)) {
            queue.dropBefore(version);
        }
    }

    /** It takes nothing new and hands back what it has not begun. */
    void leave(List<Action> actions) {
        leaving = true;
        handBackAll("it is leaving", actions);
    }

    /** Whether there is, or will be, something to contribute that the fleet would have to redo. */
    boolean holdsGradients() {
        return engine.holdsGradients() || !sum.isEmpty() || publications.anyOf(number());
    }

    /** Whether it can leave without a loss. */
    boolean isThrough() {
        return engine.isIdle()
                && queue.isEmpty()
                && (sum.isEmpty() || sum.isOver(versions.committed()))
                && !publications.anyOf(number());
    }

    private void handBack(Command.OfMicroBatch order, String note, List<Action> actions) {
        queue.handBack(order);
        actions.add(reports.notBegun(order.attempt(), FailureReason.RECALLED, note));
    }

    private void handBackAll(String note, List<Action> actions) {
        for (Command.OfMicroBatch order : queue.microBatches()) {
            handBack(order, "not begun: " + note, actions);
        }
    }

    /**
     * Gives the engine what is next. A version that is committed goes before everything that waits,
     * which is of that version or void.
     *
     * @param ready whether it was said that it is; nothing is trained before
     */
    void proceed(boolean ready, List<Action> actions) {
        boolean progressed = true;
        while (progressed && engine.isIdle()) {
            Optional<Action> version = leaving ? Optional.empty() : versions.next();
            version.ifPresent(action -> begin(action, actions));
            progressed = version.isEmpty() && ready && !queue.isEmpty() && startFirst(actions);
        }
        share(actions);
        if (!leaving) {
            versions.readAhead(actions);
        }
    }

    /** The contribution that follows the micro-batch in the engine leaves with it. */
    private void share(List<Action> actions) {
        if (sharing != null || !(queue.first() instanceof Command.Contribute order)) {
            return;
        }
        engine.training()
                .filter(train -> is(train.workerId(), train.generation()))
                .filter(train -> order.ahead().isEmpty() && sum.becomesAllOf(order, train))
                .ifPresent(train -> {
                    sharing = order;
                    versions.mayTake();
                    actions.add(new Action.Share(train.attempt(), order.contribution(), dtype()));
                });
    }

    private void begin(Action ofVersion, List<Action> actions) {
        engine.begin(
                switch (ofVersion) {
                    case Action.LoadState load -> new EngineWork.Loading(number(), load.request());
                    case Action.Fold fold ->
                        new EngineWork.Folding(number(), fold.numbers().version());
                    case Action.FoldTaken fold ->
                        new EngineWork.Folding(number(), fold.numbers().version());
                    default -> throw new IllegalStateException(ofVersion + " makes no version");
                });
        actions.add(ofVersion);
    }

    /** Whether the first order is begun or needs not be done. */
    private boolean startFirst(List<Action> actions) {
        return switch (queue.first()) {
            case Command.OfMicroBatch order -> startComputing(order, actions);
            case Command.Contribute contribute -> startTaking(contribute, actions);
        };
    }

    private boolean startComputing(Command.OfMicroBatch order, List<Action> actions) {
        WorkQueue.Fetched sequences = queue.fetched(order);
        if (sequences.problem() != null) {
            queue.removeFirst();
            queue.failed(order);
            actions.add(reports.notBegun(
                    order.attempt(), FailureReason.UNREADABLE_SEQUENCE, sequences.problem()));
            return true;
        }
        if (sequences.sequences() == null || versions.held() < order.version()) {
            return false;
        }
        queue.removeFirst();
        if (versions.held() > order.version()) {
            return true; // its step or evaluation is over: nobody waits for it
        }
        switch (order) {
            case Command.TrainMicroBatch train -> {
                if (sum.belongsToAnother(train.attempt().step())) {
                    sum.clear();
                    actions.add(new Action.ZeroSum());
                }
                actions.add(new Action.Train(
                        train.attempt(), number(), sequences.sequences(), train.plan()));
            }
            case Command.EvaluateMicroBatch evaluate ->
                actions.add(new Action.Evaluate(
                        evaluate.attempt(), sequences.sequences(), evaluate.plan()));
        }
        engine.begin(new EngineWork.Computing(order));
        return true;
    }

    /** Taking the sum zeroes it. */
    private boolean startTaking(Command.Contribute order, List<Action> actions) {
        queue.removeFirst();
        if (queue.isWithdrawn(order)) {
            return true;
        }
        engine.begin(new EngineWork.Taking(
                order, manifest(order), sum.isAllOf(order, versions.held()), versions.held()));
        sum.clear();
        actions.add(new Action.TakeSum(order.contribution(), dtype()));
        return true;
    }

    private ContributionManifest manifest(Command.Contribute order) {
        return sum.manifest(order.contribution(), identity.workerId(), number(), order.step());
    }

    private TensorDtype dtype() {
        return switch (admission.run().fold().gradientDtype()) {
            case FP32 -> TensorDtype.F32;
            case BF16 -> TensorDtype.BF16;
            case AUTO ->
                LOW_PRECISIONS.contains(identity.device().precision())
                        ? TensorDtype.BF16
                        : TensorDtype.F32;
        };
    }

    /**
     * What waits behind an out of memory was composed for the same memory; the planner composes it
     * anew for what there is now.
     */
    void done(
            Command.OfMicroBatch order,
            MicroBatchResult result,
            Optional<TakenSum> shared,
            List<Action> actions) {
        Command.Contribute wanted = sharing;
        sharing = null;
        switch (result) {
            case MicroBatchResult.Trained trained -> {
                sum.add(
                        order.attempt(),
                        order.version(),
                        order.sequences().stream().map(SequenceRef::ordinal).toList());
                actions.add(reports.trained(order.attempt(), trained));
                shared.ifPresent(taken -> shared(wanted, taken, actions));
            }
            case MicroBatchResult.Evaluated evaluated ->
                actions.add(reports.evaluated(order.attempt(), versions.held(), evaluated));
            case MicroBatchResult.Failed failed -> {
                queue.failed(order);
                actions.add(reports.failed(order.attempt(), failed));
                if (failed.reason() == dev.plimsoll.engine.FailureReason.OUT_OF_MEMORY) {
                    handBackAll("the one before it ran out of memory", actions);
                }
            }
        }
    }

    /**
     * The engine's sum is zero now. After a rollback nobody waits for what it was; nor when the
     * micro-batch is one that was heard of again, and was asked for the first time.
     */
    private void shared(Command.Contribute order, TakenSum taken, List<Action> actions) {
        boolean isAsked = order != null
                && order.contribution() == taken.contribution()
                && queue.first() == order;
        if (isAsked) {
            queue.removeFirst();
            ContributionManifest manifest = manifest(order);
            publications.begin(manifest);
            actions.add(new Action.PublishSum(manifest, taken));
            versions.taken(taken.contribution());
        }
        sum.clear();
    }

    /** It travels as the engine goes on; if it is all of its step, with the next version. */
    void taken(EngineWork.Taking taking, TakenSum taken, List<Action> actions) {
        publications.begin(taking.manifest());
        actions.add(new Action.PublishSum(taking.manifest(), taken));
        versions.taken(taken.contribution());
        if (!leaving && taking.isAllOfStep()) {
            taking.order()
                    .ahead()
                    .flatMap(numbers -> versions.goAhead(
                            taking.version(),
                            taken,
                            numbers,
                            admission.run().optimizer().maxGradientNorm()))
                    .ifPresent(fold -> begin(fold, actions));
        }
    }
}
