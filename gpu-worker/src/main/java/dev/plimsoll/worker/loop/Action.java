package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.List;

/**
 * What the loop wants done. Engine actions are done in the order given, and the loop gives none
 * that is answered before the one before it was; everything else may overtake them.
 */
public sealed interface Action {

    record SendReport(Report report) implements Action {}

    /** Nothing depends on its delivery. */
    record SendTelemetry(Telemetry telemetry) implements Action {}

    /** Read this lane from its end, besides lane 0; answered by {@link Input.LaneRead}. */
    record ReadLane(int lane) implements Action {}

    /**
     * Read the newest whole state of at least this version. A later request stands for an earlier
     * one, which needs not be answered any more. Answered by {@link Input.StateRead}.
     *
     * @param places where a state begins that is whole; empty: read from the beginning
     */
    record ReadState(long request, long atLeast, List<StatePlace> places) implements Action {
        public ReadState {
            places = List.copyOf(places);
        }
    }

    /**
     * Read a step's sum, all shards' spans; requests are answered in their order. Answered by
     * {@link Input.SumRead} or {@link Input.SumUnreadable}.
     */
    record ReadSum(long request, SumSource source) implements Action {}

    /**
     * The sum of this step will be published: what is read of it before it is asked for need not be
     * read then. Not answered.
     */
    record FollowSum(long step) implements Action {}

    /** Answered by {@link Input.SequencesRead} or {@link Input.SequencesUnreadable}. */
    record ReadSequences(Attempt attempt, List<SequenceRef> sequences) implements Action {}

    /**
     * Engine: answered by {@link Input.MicroBatchDone}.
     *
     * @param generation for which it is trained; measurements of it are sent under this one
     */
    record Train(Attempt attempt, long generation, List<PackedSequence> sequences, MemoryPlan plan)
            implements Action {}

    /** Engine: forward only, on the version that it holds; answered as {@link Train} is. */
    record Evaluate(Attempt attempt, List<PackedSequence> sequences, MemoryPlan plan)
            implements Action {}

    /**
     * The micro-batch that is in the engine, or is on its way there, is the last of what this
     * contribution is asked for: its sum is to leave while the backward pass goes on, as far as
     * that has not begun. What the engine took is in {@link Input.MicroBatchDone}; otherwise the
     * sum is where it was.
     */
    record Share(Attempt attempt, long contribution, TensorDtype dtype) implements Action {}

    /** Engine: the version that it holds from then on; answered by {@link Input.StateLoaded}. */
    record LoadState(long request, AdapterState state) implements Action {}

    /**
     * Engine: take the sum as it is to travel, which leaves zero; answered by
     * {@link Input.SumTaken}.
     */
    record TakeSum(long contribution, TensorDtype dtype) implements Action {}

    /** Engine: make the next version of the sum taken last; answered by {@link Input.Folded}. */
    record FoldTaken(FoldNumbers numbers) implements Action {}

    /** Engine: make the next version of this sum; answered by {@link Input.Folded}. */
    record Fold(FoldNumbers numbers, WireVector sum) implements Action {}

    /**
     * Publish what was taken under this manifest, beside the engine, as far as it has not left
     * already; answered by {@link Input.SumPublished} once the broker has acknowledged all of it.
     * Several may be on their way.
     */
    record PublishSum(ContributionManifest manifest, TakenSum sum) implements Action {}

    /** Engine: not answered. */
    record ZeroSum() implements Action {}

    /**
     * Hold no more of the card than the line under this cap, at rest.
     *
     * @param capBytes 0: no cap
     */
    record CapMemory(long capBytes) implements Action {}

    /**
     * Send everything that was said, then end the process, because the coordinator refused it or
     * because it left; the note is for a person.
     */
    record Stop(boolean refused, String note) implements Action {}
}
