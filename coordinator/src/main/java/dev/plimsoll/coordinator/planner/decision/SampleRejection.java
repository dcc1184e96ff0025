package dev.plimsoll.coordinator.planner.decision;

import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.wire.sample.RejectionReason;

/**
 * For the topic {@code samples.rejected}: the planner knows the sample by reference only, not its
 * content.
 */
public record SampleRejection(AdmittedSample sample, RejectionReason reason, String note) {}
