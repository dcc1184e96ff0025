package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ShardAction;
import dev.plimsoll.coordinator.parameters.ShardDriver;
import dev.plimsoll.coordinator.parameters.ShardInput;
import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.coordinator.parameters.ShardTransaction;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;

import java.util.List;
import java.util.Optional;

/** What a shard without a defence would do: what it hears and says is rewritten. */
final class PlantedShard {
    private final SimWorld world;
    private final int shard;
    private long made;
    private Optional<ShardInput> believed = Optional.empty();

    PlantedShard(SimWorld world, int shard) {
        this.world = world;
        this.shard = shard;
    }

    List<Command> heard(Command command) {
        return switch (command) {
            case Command.ApplyStep apply
            when reorders(apply) ->
                List.of(new Command.ApplyStep(
                        apply.step(),
                        apply.baseVersion(),
                        apply.contributions().reversed(),
                        apply.lossTokens()));
            case Command.ExpectContributions expect -> List.of(expected(expect));
            case Command.FixClip fix
            when world.plant == Plant.REPEATED_CLIP_FOLDED && fix.version() == made ->
                List.of(new Command.FixClip(
                        fix.step(),
                        fix.gradientNorm(),
                        fix.gradientScale(),
                        fix.learningRate(),
                        fix.version() + 1,
                        fix.update() + 1,
                        fix.source()));
            default -> List.of(command);
        };
    }

    private boolean reorders(Command.ApplyStep apply) {
        return world.plant == Plant.SUMMED_IN_ANOTHER_ORDER
                || world.plant == Plant.ORDER_OF_ARRIVAL_BELIEVED
                        && apply.contributions().size() > 1;
    }

    /** It is no promise, so a wrong one must do no harm. */
    private Command expected(Command.ExpectContributions expect) {
        boolean reversed = world.plant == Plant.ORDER_OF_ARRIVAL_BELIEVED
                || world.faults.strikes(FaultKind.SHARD_EXPECTS_WRONGLY, shard);
        return reversed
                ? new Command.ExpectContributions(
                        expect.step(),
                        expect.baseVersion(),
                        expect.contributions().reversed(),
                        expect.arrived())
                : expect;
    }

    Report.OfShard said(Report.OfShard report) {
        boolean hides = world.plant == Plant.SUMMED_IN_ANOTHER_ORDER
                || world.plant == Plant.ORDER_OF_ARRIVAL_BELIEVED;
        return hides && report instanceof Report.ShardSummed summed
                ? new Report.ShardSummed(
                        summed.shard(),
                        summed.step(),
                        summed.contributions().stream().sorted().toList(),
                        summed.squaredNorm(),
                        summed.published())
                : report;
    }

    /** For {@link Plant#DELETED_BEFORE_A_STATE_COVERS}: once it is made, it is not needed. */
    void committed(ShardTransaction transaction) {
        if (!(transaction instanceof ShardTransaction.Folded folded)) {
            return;
        }
        made = folded.manifest().version();
        if (world.plant == Plant.DELETED_BEFORE_A_STATE_COVERS) {
            folded.manifest()
                    .builtFrom()
                    .forEach(built -> world.kafka.gradientsBegin[shard] = Math.max(
                            world.kafka.gradientsBegin[shard],
                            world.truth.endOf(built.contribution(), shard)));
            world.truth.requireReadable(shard);
        }
    }

    void begun(ShardAction.WriteState write) {
        if (world.plant == Plant.STATE_BELIEVED_BEFORE_COMMIT) {
            SimStates.Saved newest = world.kafka.states.get(shard).newest();
            believed = Optional.of(
                    new ShardInput.StateWritten(write.state().version(), newest.place()));
        }
    }

    /** For {@link Plant#STATE_BELIEVED_BEFORE_COMMIT}. */
    Optional<ShardInput> takeBelieved() {
        Optional<ShardInput> now = believed;
        believed = Optional.empty();
        return now;
    }

    /** For {@link Plant#STATE_CHANGES_WHILE_IT_IS_WRITTEN}: folded in place. */
    ShardState written(ShardState state, ShardDriver driver) {
        if (world.plant != Plant.STATE_CHANGES_WHILE_IT_IS_WRITTEN) {
            return state;
        }
        ShardState now = driver.state();
        return new ShardState(
                shard,
                state.version(),
                state.updates(),
                now.master(),
                now.firstMoment(),
                now.secondMoment());
    }

    /** For {@link Plant#STATE_TORN_BY_A_CRASH}: the parameters without their version. */
    void leaveBehind(ShardState next, SimStates states) {
        ShardState before = states.newest().state();
        if (world.plant == Plant.STATE_TORN_BY_A_CRASH) {
            states.replaceNewest(new ShardState(
                    shard,
                    before.version(),
                    before.updates(),
                    next.master(),
                    next.firstMoment(),
                    next.secondMoment()));
        }
    }
}
