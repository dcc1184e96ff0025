package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.MemoryPlan;

/**
 * What the time of a micro-batch is learned of.
 *
 * @param plan as the {@link SpeedForecast} knows it: of several cards, what the slowest one does to
 *     its layers, told as if the whole model did
 * @param cost of a token under it before anything is measured, 1 under the roomiest
 * @param lengths with fewer squares where attention is not recomputed; of several cards, those for
 *     which one card would need the same time
 */
public record Timed(MemoryPlan plan, double cost, Lengths lengths) {}
