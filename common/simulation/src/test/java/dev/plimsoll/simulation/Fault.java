package dev.plimsoll.simulation;

/**
 * One thing that goes wrong.
 *
 * @param atAction before which action of the run
 * @param target which worker or shard
 * @param millis how long it lasts, or how far the clock jumps
 */
record Fault(int atAction, FaultKind kind, int target, int millis) {
    @Override
    public String toString() {
        String who = kind.name().startsWith("WORKER") || kind.name().startsWith("CHUNK")
                ? " worker-" + target
                : kind.name().startsWith("SHARD") ? " shard-" + target : "";
        return "before action " + atAction + ": " + kind + who
                + (millis == 0 ? "" : " " + millis + " ms");
    }
}
