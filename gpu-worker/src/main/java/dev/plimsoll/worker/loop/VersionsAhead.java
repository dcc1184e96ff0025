package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Command;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The versions that were made, or are being made, before they were committed, with what. */
final class VersionsAhead {

    private final TreeMap<Long, Made> versions = new TreeMap<>();

    /** @param digest once it is made */
    private record Made(
            long contribution, FoldNumbers numbers, OptionalLong digest, boolean confirmed) {}

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
        versions.put(version, new Made(sum.contribution(), numbers, OptionalLong.empty(), false));
        return Optional.of(numbers);
    }

    boolean has(long version) {
        return versions.containsKey(version);
    }

    /** It is committed. Why it is another one than was made; empty where it is the same. */
    Optional<String> confirm(Command.FixClip fix) {
        Made made = versions.get(fix.version());
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
        versions.put(
                fix.version(), new Made(made.contribution(), made.numbers(), made.digest(), true));
        return Optional.empty();
    }

    void made(long version, long digest) {
        Made made = versions.get(version);
        versions.put(
                version,
                new Made(
                        made.contribution(),
                        made.numbers(),
                        OptionalLong.of(digest),
                        made.confirmed()));
    }

    /** The digest of the oldest version, which is not ahead any more; empty while it is. */
    Optional<Long> takeConfirmed() {
        if (versions.isEmpty()) {
            return Optional.empty();
        }
        Made oldest = versions.firstEntry().getValue();
        if (!oldest.confirmed() || oldest.digest().isEmpty()) {
            return Optional.empty();
        }
        versions.pollFirstEntry();
        return Optional.of(oldest.digest().getAsLong());
    }

    void clear() {
        versions.clear();
    }
}
