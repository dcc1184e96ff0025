package dev.plimsoll.coordinator.planner.driver;

/** What is to be done about a snapshot after a transaction. */
public sealed interface DueSnapshot {

    /** None is due. */
    record None() implements DueSnapshot {}

    /** To be written in a transaction of its own, and then given to the driver as committed. */
    record Write(Transaction transaction) implements DueSnapshot {}

    /** The state is too large to be written; a restart replays more. */
    record TooLarge(int bytes, int maxBytes) implements DueSnapshot {}
}
