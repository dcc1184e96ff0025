package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.tensor.ShardManifest;

/** What one shard writes at once: all of it becomes durable, or nothing. */
public sealed interface ShardTransaction {

    /** To be sent to the planner, in the same transaction. */
    Report.OfShard report();

    /** The report and nothing else. */
    record Answer(Report.OfShard report) implements ShardTransaction {}

    /**
     * The shard has made the version, in memory. Its manifest, which has no checksums, says so for
     * good.
     */
    record Folded(ShardManifest manifest, Report.ShardApplied report) implements ShardTransaction {}

    /**
     * The state becomes the shard's newest version, written whole, under its manifest.
     *
     * @param manifest without checksums: {@link ShardState#whole} gives the one that is written
     */
    record NewVersion(ShardState state, ShardManifest manifest, Report.OfShard report)
            implements ShardTransaction {}

    /** The state is kept as the named checkpoint, in place of one of the same name. */
    record NewCheckpoint(ShardState state, String name, Report.CheckpointSaved report)
            implements ShardTransaction {}
}
