package dev.plimsoll.wire.protocol;

import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;

import java.util.List;

/**
 * What a worker says its sum holds. Travels with the gradient chunks, so that the audit need not
 * trust the planner.
 */
@WireFamily(name = "plimsoll.contribution-manifest")
@WireName("ContributionManifest")
public record ContributionManifest(
        long contribution,
        String workerId,
        long generation,
        long step,
        List<TrainedAttempt> attempts) {
    public ContributionManifest {
        attempts = List.copyOf(attempts);
    }

    /** One micro-batch in the sum, by the ordinals of its sequences. */
    public record TrainedAttempt(long attempt, List<Long> ordinals) {
        public TrainedAttempt {
            ordinals = List.copyOf(ordinals);
        }
    }
}
