package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.ShardLayout;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The unnormalised gradient of one step on one shard: the named contributions added in the named
 * order, in fp32, one at a time. The first that cannot be used ends the sum for good.
 */
public final class ContributionSum {
    private final ApplyStep command;
    private final ShardLayout layout;
    private final int shard;
    private final float[] sum;
    private final List<ContributionManifest> builtFrom = new ArrayList<>();
    private final Set<Long> ordinals = new HashSet<>();
    private boolean spoiled;

    ContributionSum(ApplyStep command, ShardLayout layout, int shard) {
        this.command = command;
        this.layout = layout;
        this.shard = shard;
        this.sum = new float[layout.length(shard)];
    }

    /**
     * What is to be read next, to be handed to {@link #add}; empty when the sum is complete or
     * spoiled.
     */
    public Optional<ContributionRead> next() {
        if (spoiled || isComplete()) {
            return Optional.empty();
        }
        ContributionRef ref = command.contributions().get(builtFrom.size());
        return Optional.of(new ContributionRead(ref, command.step(), layout, shard));
    }

    /** The report to send when it cannot be used. */
    public Optional<Report.ContributionUnusable> add(ContributionRead read) {
        Optional<String> flaw = read.flaw().or(() -> repeats(read.manifest()));
        if (flaw.isPresent()) {
            spoiled = true;
            return Optional.of(new Report.ContributionUnusable(
                    shard, command.step(), read.ref().contribution(), flaw.get()));
        }
        read.addTo(sum);
        builtFrom.add(read.manifest());
        return Optional.empty();
    }

    public boolean isComplete() {
        return !spoiled && builtFrom.size() == command.contributions().size();
    }

    /** The planner's ledger is not believed blindly: no sequence may be in one step twice. */
    private Optional<String> repeats(ContributionManifest manifest) {
        for (ContributionManifest.TrainedAttempt attempt : manifest.attempts()) {
            for (long ordinal : attempt.ordinals()) {
                if (!ordinals.add(ordinal)) {
                    return Optional.of(
                            "the sequence at ordinal " + ordinal + " is in the sum already");
                }
            }
        }
        return Optional.empty();
    }

    long step() {
        return command.step();
    }

    List<ContributionManifest> builtFrom() {
        return List.copyOf(builtFrom);
    }

    Report.ShardSummed report() {
        double squaredNorm = 0;
        for (float value : sum) {
            squaredNorm += (double) value * value;
        }
        return new Report.ShardSummed(shard, command.step(), contributions(command), squaredNorm);
    }

    boolean isOf(ApplyStep other) {
        return command.step() == other.step()
                && contributions(command).equals(contributions(other));
    }

    /** gradientScale · sum. */
    float[] scaled(double gradientScale) {
        float[] gradient = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            gradient[i] = (float) (sum[i] * gradientScale);
        }
        return gradient;
    }

    private static List<Long> contributions(ApplyStep command) {
        return command.contributions().stream()
                .map(ContributionRef::contribution)
                .toList();
    }
}
