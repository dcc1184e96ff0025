package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.wire.journal.DataPosition;

/**
 * A version that is kept under a name, and all that a rollback to it needs to know.
 *
 * @param stepsDone how many steps led there, those aside that rollbacks undid: where schedules go
 *     on
 * @param updates how many optimizer updates led there
 * @param position which samples were trained
 */
public record Checkpoint(
        String name, long version, long stepsDone, long updates, DataPosition position) {}
