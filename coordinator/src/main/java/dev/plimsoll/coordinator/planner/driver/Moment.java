package dev.plimsoll.coordinator.planner.driver;

/**
 * A point in time, by both clocks.
 *
 * @param elapsedMillis by a clock that never jumps; its zero means nothing. Intervals are measured
 *     by it.
 * @param clockMillis by the wall clock, which may be set. The planner decides by it.
 */
public record Moment(long elapsedMillis, long clockMillis) {}
