/**
 * What a planner's process does between reading and writing, without a client and without a clock.
 * The shell over Kafka and the simulation drive the same
 * {@link dev.plimsoll.coordinator.planner.driver.PlannerDriver}.
 */
package dev.plimsoll.coordinator.planner.driver;
