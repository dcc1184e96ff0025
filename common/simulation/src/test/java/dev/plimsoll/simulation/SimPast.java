package dev.plimsoll.simulation;

import java.util.Set;

/**
 * What was true when a checkpoint was taken, and must be true again after a rollback to it.
 *
 * @param stepsDone that led to it, dropped ones among them
 * @param epochs begun
 * @param trained in the epoch under way
 */
record SimPast(long version, long stepsDone, int epochs, Set<Long> trained) {
    SimPast {
        trained = Set.copyOf(trained);
    }
}
