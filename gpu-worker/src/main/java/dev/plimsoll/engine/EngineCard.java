package dev.plimsoll.engine;

/**
 * A card of an engine, with its part of the model.
 *
 * @param meter of this card; any thread may ask it
 * @param firstLayer of the layers that it has, counted from 0 over the whole model
 * @param layers that it has, at least 1
 * @param embedding whether it has the table of input tokens
 * @param head whether it has the last norm and the loss head
 */
public record EngineCard(
        EngineDevice device,
        GpuMeter meter,
        int firstLayer,
        int layers,
        boolean embedding,
        boolean head) {}
