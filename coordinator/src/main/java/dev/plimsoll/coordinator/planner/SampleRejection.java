package dev.plimsoll.coordinator.planner;

import dev.plimsoll.wire.sample.RejectionReason;

/**
 * For the topic {@code samples.rejected}: the planner knows the sample by reference only, not its
 * content.
 */
public record SampleRejection(AdmittedSample sample, RejectionReason reason, String note) {}
