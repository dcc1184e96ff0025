package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.MemoryMeasures;

import java.util.List;

/** What the loop is told, one at a time. */
public sealed interface Input {

    /** Read from lane 0 or the worker's lane. May repeat. */
    record CommandRead(Command command) implements Input {}

    /** Both lanes are read from here on; the answer to {@link Action.ReadLane}. */
    record LaneRead(int lane) implements Input {}

    /** The adapter of this version is in the engine. */
    record AdapterLoaded(long version) implements Input {}

    /** A micro-batch's sequences are at hand. */
    record SequencesRead(Attempt attempt, List<PackedSequence> sequences) implements Input {}

    /** They could not be read: missing or damaged. */
    record SequencesUnreadable(Attempt attempt, String problem) implements Input {}

    /** The engine has ended the micro-batch, one way or the other. */
    record MicroBatchDone(Attempt attempt, MicroBatchResult result) implements Input {}

    /** Every chunk of the contribution is acknowledged. */
    record SumPublished(long contribution, List<ChunkSpan> spans) implements Input {}

    /** What the card has now, and what was in use between micro-batches. */
    record MemoryMeasured(MemoryMeasures memory) implements Input {}

    /** Time for a sign of life. {@code layersDone} of the micro-batch under way. */
    record Tick(int layersDone) implements Input {}

    /** The process was asked to stop. */
    record StopAsked(String note) implements Input {}
}
