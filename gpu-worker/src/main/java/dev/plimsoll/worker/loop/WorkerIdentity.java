package dev.plimsoll.worker.loop;

import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.WorkerDevice;

/** Who joins. The id outlives the process, the incarnation does not. */
public record WorkerIdentity(
        String workerId, String incarnation, String modelHash, WorkerDevice device) {

    boolean is(String otherId, String otherIncarnation) {
        return workerId.equals(otherId) && incarnation.equals(otherIncarnation);
    }

    /** The request to join; sent again with every tick until it is answered. */
    public Report.Joined joined() {
        return new Report.Joined(workerId, incarnation, modelHash, device);
    }
}
