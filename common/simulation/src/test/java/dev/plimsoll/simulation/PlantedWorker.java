package dev.plimsoll.simulation;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.worker.loop.Action;
import dev.plimsoll.worker.loop.Input;

import java.util.List;

/** What a worker without a defence would do: what it is told and what it wants is rewritten. */
final class PlantedWorker {
    private static final long REPEATED = 1_000_000;

    private final SimWorld world;
    private final Plant plant;
    private final SimEngine engine;
    private long newestClip;

    PlantedWorker(SimWorld world, SimEngine engine) {
        this.world = world;
        this.plant = world.plant;
        this.engine = engine;
    }

    Input given(Input input) {
        return switch (input) {
            case Input.CommandRead(Command.FixClip fix) -> {
                newestClip = Math.max(newestClip, fix.version());
                yield input;
            }
            case Input.CommandRead(Command.Drain drain)
            when plant == Plant.DRAIN_NOT_OBEYED -> new Input.Tick(0);
            case Input.StateRead(long request, AdapterState state) ->
                new Input.StateRead(request, taken(state));
            default -> input;
        };
    }

    /** For {@link Plant#NO_LEDGER_EQUALITY}: what is heard again looks like another attempt. */
    Command again(Command command) {
        if (plant != Plant.NO_LEDGER_EQUALITY
                || !(command instanceof Command.TrainMicroBatch train)) {
            return command;
        }
        Attempt attempt = new Attempt(
                REPEATED + train.attempt().attempt(), train.attempt().step());
        return new Command.TrainMicroBatch(
                train.workerId(),
                train.generation(),
                attempt,
                train.version(),
                train.sequences(),
                train.plan());
    }

    private AdapterState taken(AdapterState state) {
        if (newestClip > state.version()) {
            world.situations.add(Situation.WORKER_FOLDS_WHAT_IT_HEARD_BEFORE);
        }
        boolean keeps =
                plant == Plant.KEEPS_WHAT_IT_WENT_AHEAD_WITH && engine.version() >= state.version();
        boolean skips = plant == Plant.JOINER_MISSES_A_CLIP && newestClip > state.version();
        return keeps
                ? engine.state()
                : skips
                        ? new AdapterState(
                                newestClip,
                                0,
                                state.master(),
                                state.firstMoment(),
                                state.secondMoment())
                        : state;
    }

    /** For {@link Plant#SUM_OUTLIVES_GENERATION}. */
    List<Action> rewritten(List<Action> actions) {
        return plant == Plant.SUM_OUTLIVES_GENERATION
                ? actions.stream()
                        .filter(action -> !(action instanceof Action.ZeroSum))
                        .toList()
                : actions;
    }
}
