package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Command;

import java.util.Optional;
import java.util.TreeMap;

/** The versions that were made, or are being made, before they were committed, with what. */
final class VersionsAhead {

    private final TreeMap<Long, Made> versions = new TreeMap<>();

    private record Made(long contribution, FoldNumbers numbers) {}

    /**
     * What to make the version with; empty when the sum is not finite, which the shards will find
     * too.
     */
    Optional<FoldNumbers> begin(
            long version, TakenSum sum, AheadNumbers order, double maxGradientNorm) {
        double squaredNorm = 0;
        for (double shard : sum.squaredNorms()) {
            squaredNorm += shard;
        }
        if (!Double.isFinite(squaredNorm) || order.lossTokens() < 1) {
            return Optional.empty();
        }
        double gradientScale = GradientClip.of(squaredNorm, order.lossTokens(), maxGradientNorm)
                .gradientScale();
        FoldNumbers numbers =
                new FoldNumbers(version, gradientScale, order.learningRate(), order.update());
        versions.put(version, new Made(sum.contribution(), numbers));
        return Optional.of(numbers);
    }

    boolean has(long version) {
        return versions.containsKey(version);
    }

    /**
     * It is committed, and not ahead any more. Why it is another one than was made; empty where it
     * is the same.
     */
    Optional<String> confirm(Command.FixClip fix) {
        Made made = versions.remove(fix.version());
        FoldNumbers numbers = new FoldNumbers(
                fix.version(), fix.gradientScale(), fix.learningRate(), fix.update());
        boolean sameSum = fix.source()
                .filter(source -> !source.published() && source.owner() == made.contribution())
                .isPresent();
        if (!sameSum || !numbers.equals(made.numbers())) {
            return Optional.of("it went ahead to version " + fix.version() + " with contribution "
                    + made.contribution() + " and " + made.numbers() + ", and " + fix
                    + " is committed");
        }
        return Optional.empty();
    }

    void clear() {
        versions.clear();
    }
}
