package dev.plimsoll.chaos;

import dev.plimsoll.chaos.network.NetworkCuts;
import dev.plimsoll.chaos.schedule.Disturbance;
import dev.plimsoll.processes.ProcessGroup;

import java.util.List;
import java.util.function.Function;

/**
 * Does to the processes of a run what the schedule says, and undoes it when its time is over. One
 * thread calls it, {@link #tick} often.
 *
 * @param commands a process's command line by its name
 */
record Disturber(ProcessGroup group, NetworkCuts cuts, Function<String, List<String>> commands) {

    /** Starts a process, for the first time or again. */
    void start(String name) {
        if (group.knows(name)) {
            group.startAgain(name);
        } else {
            group.start(name, commands.apply(name));
        }
    }

    /** Returns false, and does nothing, where the process is down, frozen or about to end. */
    boolean disturb(Disturbance disturbance) {
        String target = disturbance.target();
        if (disturbance.kind() == Disturbance.Kind.ADD) {
            start(target);
            return true;
        }
        if (!group.isUp(target)) {
            if (disturbance.kind() == Disturbance.Kind.REMOVE) {
                group.remove(target); // it must not come back all the same
            }
            return false;
        }
        long lastsMillis = disturbance.lastsMillis();
        switch (disturbance.kind()) {
            case KILL -> group.kill(target, lastsMillis);
            case FREEZE -> group.freeze(target, lastsMillis);
            case LEAVE -> group.leave(target, lastsMillis);
            case REMOVE -> group.remove(target);
            case CUT, MUTE, DEAFEN ->
                cuts.cut(
                        target,
                        disturbance.kind().lost(),
                        System.currentTimeMillis() + lastsMillis);
            case ADD -> throw new IllegalStateException("adding was done before");
        }
        return true;
    }

    /** Undoes what is due, and starts again what ended by itself. */
    void tick() {
        cuts.mendDue(System.currentTimeMillis());
        group.tick();
    }

    /** Undoes every disturbance that still lasts. */
    void undoAll() {
        cuts.mendAll();
        group.restoreAll();
    }
}
