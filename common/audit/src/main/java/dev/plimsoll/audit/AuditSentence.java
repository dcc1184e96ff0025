package dev.plimsoll.audit;

import dev.plimsoll.audit.AuditLedger.Verdict;

/** A verdict in one line, with every count. */
public final class AuditSentence {

    private AuditSentence() {}

    public static String of(Verdict verdict) {
        AuditCounts c = verdict.counts();
        return "audit " + (verdict.clean() ? "clean" : "NOT CLEAN") + ": " + c.submitted()
                + " submitted, "
                + c.trainedOnce() + " trained once, " + c.rejected() + " rejected, " + c.waiting()
                + " waiting, "
                + c.duplicated() + " duplicated, " + c.lost() + " lost"
                + (verdict.undone() == 0
                        ? ""
                        : "; " + verdict.undone() + " trainings undone by rollbacks")
                + (verdict.repeats() == 0
                        ? ""
                        : "; " + verdict.repeats() + " repeated submits not counted");
    }
}
