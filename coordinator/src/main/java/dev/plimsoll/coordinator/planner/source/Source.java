package dev.plimsoll.coordinator.planner.source;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.SourceStatus;

/**
 * What the planner knows of a source.
 *
 * @param weight 0 when nobody gave it one
 * @param trained samples in committed steps that no rollback undid, once for each epoch
 * @param rejected by the planner
 * @param evaluation its samples are evaluated and never trained
 */
public record Source(
        SourceStatus status, int weight, long trained, long rejected, boolean evaluation) {

    /** One whose first sample came before anybody spoke of it. */
    static final Source SEEN = new Source(SourceStatus.ACTIVE, 0, 0, 0, false);

    /** What it counts as beside others. */
    int share() {
        return Math.max(1, weight);
    }

    Source changed(JournalRecord.SourceChanged to) {
        return new Source(to.status(), to.weight(), trained, rejected, to.evaluation());
    }

    Source trained(long more) {
        return new Source(status, weight, trained + more, rejected, evaluation);
    }

    Source rejectedOne() {
        return new Source(status, weight, trained, rejected + 1, evaluation);
    }
}
