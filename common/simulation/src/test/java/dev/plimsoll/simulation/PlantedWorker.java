package dev.plimsoll.simulation;

import dev.plimsoll.worker.loop.Action;

import java.util.ArrayList;
import java.util.List;

/** What a worker's driver without a defence would want done: the real one's actions, rewritten. */
final class PlantedWorker {
    private PlantedWorker() {}

    static List<Action> rewritten(Plant plant, List<Action> actions) {
        return switch (plant) {
            case SUM_OUTLIVES_GENERATION -> withoutZeroing(actions, false);
            case SUM_OUTLIVES_CONTRIBUTION -> withoutZeroing(actions, true);
            case ZEROES_BEFORE_PUBLISHING -> zeroedFirst(actions);
            default -> actions;
        };
    }

    /** @param published whether that of a published sum is left out, or every other */
    private static List<Action> withoutZeroing(List<Action> actions, boolean published) {
        List<Action> kept = new ArrayList<>();
        for (int at = 0; at < actions.size(); at++) {
            boolean ofPublished = at > 0 && actions.get(at - 1) instanceof Action.PublishSum;
            if (!(actions.get(at) instanceof Action.ZeroSum) || ofPublished != published) {
                kept.add(actions.get(at));
            }
        }
        return kept;
    }

    private static List<Action> zeroedFirst(List<Action> actions) {
        List<Action> moved = new ArrayList<>();
        for (Action action : actions) {
            if (action instanceof Action.PublishSum) {
                moved.add(new Action.ZeroSum());
            }
            moved.add(action);
        }
        return moved;
    }
}
