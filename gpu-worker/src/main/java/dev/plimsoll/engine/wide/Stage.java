package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.CardMemory;
import dev.plimsoll.engine.EngineCard;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.stage.FoldingAdapter;
import dev.plimsoll.engine.stage.StageParts;
import dev.plimsoll.model.hf.ModelPart;

/**
 * A card of a wide engine: neighbouring layers, on a thread of its own, on which all but the plain
 * accessors are called.
 *
 * @param number its place among the cards
 * @param firstParameter of its layers' adapter, counted over the whole adapter
 */
record Stage(
        int number,
        CardThread thread,
        StageParts parts,
        FoldingAdapter adapter,
        CardLink link,
        StageClock clock,
        int firstParameter) {

    ModelPart part() {
        return model().part();
    }

    LoadedModel model() {
        return parts.model();
    }

    int parameters() {
        return parts.layout().totalParameters();
    }

    /** Behind its last parameter. */
    int endParameter() {
        return firstParameter + parameters();
    }

    EngineCard card() {
        return new EngineCard(
                parts.device(),
                new Meter(parts.meter(), thread),
                part().from(),
                part().layers(),
                part().embedding(),
                part().head());
    }

    /** For people: its number among the cards, and the device. */
    String name() {
        return "card " + parts.device().index() + " (" + parts.device().name() + ", layers "
                + part().from() + " to " + (part().to() - 1) + ")";
    }

    CardMemory memory() {
        return CardMemory.of(parts.meter().read());
    }

    void close() {
        adapter.close();
        clock.close();
        link.close();
        parts.close();
    }

    /** For any thread: what waits for the device goes to the card's own. */
    private record Meter(GpuMeter meter, CardThread thread) implements GpuMeter {

        @Override
        public MemoryReading read() {
            return meter.read();
        }

        @Override
        public void resetPeak() {
            meter.resetPeak();
        }

        @Override
        public void trim(long keepBytes) {
            thread.call(() -> {
                meter.trim(keepBytes);
                return null;
            });
        }
    }
}
