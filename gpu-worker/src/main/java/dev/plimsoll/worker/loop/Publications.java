package dev.plimsoll.worker.loop;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.Report;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The contributions that are on their way to the broker, of this generation and of former ones. */
final class Publications {
    private final Map<Long, ContributionManifest> underWay = new HashMap<>();

    void begin(ContributionManifest manifest) {
        underWay.put(manifest.contribution(), manifest);
    }

    /** What is to be said of it, now that the broker has all of it. */
    Report.Contributed end(long contribution, List<ChunkSpan> spans) {
        ContributionManifest manifest = underWay.remove(contribution);
        if (manifest == null) {
            throw new IllegalStateException("contribution " + contribution
                    + " was published, and only these are on their way: " + underWay.keySet());
        }
        return new Report.Contributed(
                manifest.workerId(),
                manifest.generation(),
                contribution,
                manifest.step(),
                manifest.attempts().stream()
                        .map(ContributionManifest.TrainedAttempt::attempt)
                        .toList(),
                spans);
    }

    boolean anyOf(long generation) {
        return underWay.values().stream().anyMatch(manifest -> manifest.generation() == generation);
    }
}
