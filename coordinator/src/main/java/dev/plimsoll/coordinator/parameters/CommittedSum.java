package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ContributionManifest;

import java.util.List;
import java.util.Optional;

/**
 * The sum of a committed step, as it was read back into the {@link SumBuffer}.
 *
 * @param flaw why it cannot be used
 */
record CommittedSum(Optional<String> flaw, List<ContributionManifest> builtFrom) {

    static CommittedSum of(SourceRead read, SumBuffer buffer) {
        return switch (read) {
            case ContributionRead only -> {
                Optional<String> flaw = only.flaw().or(() -> only.addTo(buffer, buffer.begin(), 0));
                yield new CommittedSum(
                        flaw, flaw.isPresent() ? List.of() : List.of(only.manifest()));
            }
            case PublishedSum sum ->
                new CommittedSum(
                        sum.flaw().or(() -> sum.chunks().addTo(buffer, buffer.begin(), 0)),
                        sum.manifests());
            case SumOnArrival sum ->
                throw new IllegalStateException(sum + " is of no committed step");
        };
    }
}
