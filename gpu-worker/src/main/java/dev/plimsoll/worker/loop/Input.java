package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.MemoryMeasures;

import java.util.List;
import java.util.Optional;

/** What the loop is told, one at a time. */
public sealed interface Input {

    /** What was read for a generation. */
    sealed interface WasRead extends Input {}

    /** Read from lane 0 or the worker's lane. May repeat. */
    record CommandRead(Command command) implements Input {}

    /** Both lanes are read from here on; the answer to {@link Action.ReadLane}. */
    record LaneRead(int lane) implements WasRead {}

    /** A whole state; the answer to {@link Action.ReadState}. */
    record StateRead(long request, AdapterState state) implements WasRead {}

    /** The state is in the engine. {@code digest} of the adapter that the engine has now. */
    record StateLoaded(long request, long digest) implements Input {}

    /** A step's sum, as every replica applies it; the answer to {@link Action.ReadSum}. */
    record SumRead(long request, WireVector sum) implements WasRead {}

    /** It is gone or damaged. */
    record SumUnreadable(long request, String problem) implements WasRead {}

    /** The engine holds the next version. {@code digest} of the adapter that it has now. */
    record Folded(long version, long digest) implements Input {}

    /** A micro-batch's sequences are at hand. */
    record SequencesRead(Attempt attempt, List<PackedSequence> sequences) implements WasRead {}

    /** They could not be read: missing or damaged. */
    record SequencesUnreadable(Attempt attempt, String problem) implements WasRead {}

    /**
     * The engine has ended the micro-batch, one way or the other.
     *
     * @param shared its sum, which is zero now, where {@link Action.Share} came early enough and
     *     the micro-batch is trained
     */
    record MicroBatchDone(Attempt attempt, MicroBatchResult result, Optional<TakenSum> shared)
            implements Input {
        /** The sum is where it was. */
        public MicroBatchDone(Attempt attempt, MicroBatchResult result) {
            this(attempt, result, Optional.empty());
        }
    }

    /** The engine's sum is zero, and this is what it was. */
    record SumTaken(TakenSum sum) implements Input {}

    /** Every chunk of the contribution is acknowledged. */
    record SumPublished(long contribution, List<ChunkSpan> spans) implements Input {}

    /** What the card has now, and what was in use between micro-batches. */
    record MemoryMeasured(MemoryMeasures memory) implements Input {}

    /** Time for a sign of life. {@code layersDone} of the micro-batch under way. */
    record Tick(int layersDone) implements Input {}

    /** The process was asked to stop. */
    record StopAsked(String note) implements Input {}
}
