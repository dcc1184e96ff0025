package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.run.ShardLayout;

import java.util.Arrays;
import java.util.Optional;

/**
 * Version 0 of a run, all shards of it.
 *
 * @param master the parameters
 * @param moments of an adapter whose training goes on; empty: zeros
 * @param updates how many optimizer updates led to it
 */
public record FirstVersion(float[] master, Optional<Moments> moments, long updates) {

    /** Adam's m and v, one value for each parameter. */
    public record Moments(float[] first, float[] second) {}

    /** Parameters without a history. */
    public static FirstVersion untrained(float[] master) {
        return new FirstVersion(master, Optional.empty(), 0);
    }

    public FirstVersion {
        int length = master.length;
        moments.filter(m -> m.first().length != length || m.second().length != length)
                .ifPresent(m -> {
                    throw new IllegalArgumentException(length + " parameters have moments of "
                            + m.first().length + " and " + m.second().length);
                });
    }

    /** That shard of it. */
    public ShardState shard(ShardLayout layout, int shard) {
        if (master.length != layout.parameters()) {
            throw new IllegalStateException("this process was started for an adapter of "
                    + master.length + " parameters, and the run's has " + layout.parameters()
                    + "; start it with the run's model, lora-rank and targets");
        }
        int from = Math.toIntExact(layout.start(shard));
        int to = Math.toIntExact(layout.start(shard + 1));
        return new ShardState(
                shard,
                0,
                updates,
                Arrays.copyOfRange(master, from, to),
                moments.map(m -> Arrays.copyOfRange(m.first(), from, to))
                        .orElseGet(() -> new float[to - from]),
                moments.map(m -> Arrays.copyOfRange(m.second(), from, to))
                        .orElseGet(() -> new float[to - from]));
    }
}
