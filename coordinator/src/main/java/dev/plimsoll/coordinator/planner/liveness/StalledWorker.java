package dev.plimsoll.coordinator.planner.liveness;

import dev.plimsoll.coordinator.planner.state.Worker;

/** A worker that has work and makes no progress in it; the note says in what, and for how long. */
public record StalledWorker(Worker worker, String note) {}
