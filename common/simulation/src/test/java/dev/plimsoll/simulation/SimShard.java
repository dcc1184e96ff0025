package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What starts the owner of a shard again and again, and sometimes a second one beside it. */
final class SimShard {
    private final SimWorld world;
    private final int shard;
    private final SplittableRandom random;
    /** The last is the rightful one. */
    private final List<SimShardOwner> owners = new ArrayList<>();

    SimShard(SimWorld world, int shard) {
        this.world = world;
        this.shard = shard;
        this.random = world.random("shard-" + shard);
    }

    void act() {
        if (dies()) {
            if (owners.getLast().isWritingState()) {
                world.situations.add(Situation.STATE_IS_CUT);
            }
            owners.removeLast();
            return;
        }
        if (!world.brokerIsUp()) {
            return;
        }
        if (owners.isEmpty()
                || world.faults.strikes(FaultKind.SHARD_IS_REPLACED, shard)
                || owners.getLast().isPublishing()
                        && world.faults.strikes(FaultKind.SHARD_IS_REPLACED_PUBLISHING, shard)) {
            owners.add(new SimShardOwner(world, shard, random));
            world.timeline.note(() -> "shard-" + shard + " starts at version "
                    + world.kafka.states.get(shard).newest().state().version() + " beside "
                    + (owners.size() - 1));
        }
        SimShardOwner owner = owners.get(random.nextInt(owners.size()));
        if (owner == owners.getLast() && world.faults.holds(FaultKind.SHARD_PAUSES, shard)) {
            return;
        }
        owner.act();
        if (owner.ended()) {
            owners.remove(owner);
        }
    }

    private boolean dies() {
        return !owners.isEmpty()
                && (world.faults.strikes(FaultKind.SHARD_DIES, shard)
                        || owners.getLast().isFarFromItsState()
                                && world.faults.strikes(
                                        FaultKind.SHARD_DIES_FAR_FROM_ITS_STATE, shard)
                        || owners.getLast().isWritingState()
                                && world.faults.strikes(FaultKind.SHARD_DIES_WRITING_STATE, shard)
                        || owners.getLast().isPublishing()
                                && world.faults.strikes(FaultKind.SHARD_DIES_PUBLISHING, shard));
    }
}
