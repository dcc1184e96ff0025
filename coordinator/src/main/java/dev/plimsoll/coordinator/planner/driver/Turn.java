package dev.plimsoll.coordinator.planner.driver;

import java.util.Optional;

/**
 * What a turn came to.
 *
 * @param reason for the log; may be empty
 * @param transaction to be written, and then given to {@link PlannerDriver#committed}; empty when
 *     nothing needs to be written
 */
public record Turn(String reason, Optional<Transaction> transaction) {
    static final Turn NOTHING = new Turn("", Optional.empty());
}
