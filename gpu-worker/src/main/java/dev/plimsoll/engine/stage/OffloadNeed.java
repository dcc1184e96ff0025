package dev.plimsoll.engine.stage;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.memory.Exploration;
import dev.plimsoll.model.memory.Lengths;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryForecast;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.model.memory.Room;
import dev.plimsoll.model.memory.SpeedForecast;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.PlanSizes;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.List;
import java.util.Optional;

/**
 * How much of what layers leave must wait in host memory for the longest sequence that a card can
 * train: by the planner's own choice of a memory plan, before anything is measured.
 */
public record OffloadNeed(Loading loading, Room room) {

    public static OffloadNeed of(AdapterLayout layout, EngineDevice device, MemoryReading card) {
        WorkerDevice worker = new WorkerDevice(
                device.kind(), device.name(), device.precision(), device.totalBytes());
        MemoryMeasures measures = new MemoryMeasures(
                card.usedBytes(),
                card.peakBytes(),
                card.reservedBytes(),
                card.freeBytes(),
                card.othersBytes(),
                card.totalBytes());
        long room = MemoryLine.after(Optional.empty(), measures, 0)
                .map(change -> change.line().roomBytes())
                .orElse(0L);
        return new OffloadNeed(
                new Loading(PeakModel.of(layout.config(), layout.lora())),
                new Room(worker, MemoryForecast.START, SpeedForecast.START, room));
    }

    /** @param longestTokens of a sequence that may come; at least 1 */
    public long bytes(ActivationSizes sizes, int longestTokens) {
        int tokens = loading.mostTokens(room, longestTokens, Loading.FULLEST);
        if (tokens == 0) {
            return 0;
        }
        Loading.Load alone = new Loading.Load(0, Loading.FULLEST, false, List.of());
        Lengths lengths = new Lengths(tokens, (long) tokens * tokens);
        PlanSizes plan = new PlanSizes(
                loading.plan(room, alone, lengths, Exploration.NEVER).plan(),
                sizes.linears().config());
        return plan.offloadedLayers()
                * (sizes.hidden(tokens)
                        + (plan.keepsAttention() ? sizes.attentionOutput(tokens) : 0));
    }

    /** Under any plan: the inputs and attention's outputs of all layers. */
    public long mostBytes(ActivationSizes sizes, int longestTokens) {
        int tokens = loading.mostTokens(room, longestTokens, Loading.FULLEST);
        return sizes.linears().config().layers()
                * (sizes.hidden(tokens) + sizes.attentionOutput(tokens));
    }
}
