package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.ExpectContributions;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report.ShardSummed;
import dev.plimsoll.wire.protocol.SumSource;

import java.util.List;

/**
 * A sum that was reported, kept for the clip.
 *
 * @param values as every replica applies them; void when the shard sums again
 */
record StepSum(ShardSummed report, List<ContributionManifest> builtFrom, float[] values) {

    static List<Long> contributions(ApplyStep command) {
        return command.contributions().stream()
                .map(ContributionRef::contribution)
                .toList();
    }

    boolean isOf(ApplyStep command) {
        return report.step() == command.step()
                && report.contributions().equals(contributions(command));
    }

    boolean isOf(ExpectContributions command) {
        return report.step() == command.step()
                && report.contributions().equals(command.contributions());
    }

    /** Whether this very sum, and where it lies, is what the step is committed with. */
    boolean isOf(FixClip command) {
        return report.step() == command.step()
                && command.source().filter(this::isSource).isPresent();
    }

    private boolean isSource(SumSource source) {
        return source.published()
                ? report.published().filter(source.spans()::contains).isPresent()
                : report.contributions().equals(List.of(source.owner()));
    }
}
