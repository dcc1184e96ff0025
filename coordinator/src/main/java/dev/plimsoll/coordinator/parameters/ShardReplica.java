package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.StateDigest;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.List;
import java.util.Optional;

/**
 * The shard's newest version, in memory. A fold changes the arrays in place, unless the state was
 * handed out before: then the fold makes its own, and what was handed out never changes.
 */
final class ShardReplica {
    private final ShardLayout layout;
    private final AdamW adamW;
    private ShardState state;
    private Optional<ShardManifest> manifest = Optional.empty();
    private boolean handedOut = true;

    ShardReplica(ShardLayout layout, OptimizerSettings settings, ShardState durable) {
        this.layout = layout;
        this.adamW = new AdamW(settings);
        this.state = durable;
    }

    int shard() {
        return state.shard();
    }

    long version() {
        return state.version();
    }

    /** It does not change from now on. */
    ShardState handOut() {
        handedOut = true;
        return state;
    }

    /** Of a version that was made or restored here, without checksums. */
    ShardManifest manifest() {
        return manifest.orElseThrow(() -> new IllegalStateException(
                state + " was read, so it is written, and its manifest with it"));
    }

    /** Becomes the next version; returns its manifest, without checksums. */
    ShardManifest fold(FixClip command, float[] sum, List<ContributionManifest> builtFrom) {
        ShardState from = handedOut
                ? new ShardState(
                        shard(),
                        version(),
                        state.updates(),
                        state.master().clone(),
                        state.firstMoment().clone(),
                        state.secondMoment().clone())
                : state;
        adamW.fold(
                new AdamW.Vectors(from.master(), from.firstMoment(), from.secondMoment()),
                sum,
                command.gradientScale(),
                command.update(),
                command.learningRate());
        state = new ShardState(
                shard(),
                command.version(),
                command.update(),
                from.master(),
                from.firstMoment(),
                from.secondMoment());
        handedOut = false;
        manifest = Optional.of(new ShardManifest(
                shard(),
                command.step(),
                version(),
                List.of(),
                builtFrom,
                Optional.empty(),
                StateDigest.of(state.master(), layout.start(shard()))));
        return manifest.get();
    }

    /** A rollback's version, once it is durable. */
    void adopt(ShardTransaction.NewVersion durable) {
        state = durable.state();
        manifest = Optional.of(durable.manifest());
        handedOut = true;
    }
}
