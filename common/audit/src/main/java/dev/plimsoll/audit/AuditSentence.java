package dev.plimsoll.audit;

import dev.plimsoll.audit.AuditLedger.Verdict;

/** Writes a verdict as one line with every count. */
public final class AuditSentence {

    private AuditSentence() {}

    public static String of(Verdict verdict) {
        AuditCounts c = verdict.counts();
        return "audit " + (verdict.clean() ? "clean" : "NOT CLEAN") + ": " + c.submitted()
                + " submitted, "
                + c.trainedOnce() + " trained once, " + c.rejected() + " rejected, " + c.waiting()
                + " waiting, "
                + c.duplicated() + " duplicated, " + c.lost() + " lost"
                + (c.evaluation() == 0
                        ? ""
                        : ", " + c.evaluation() + " for evaluation and never trained")
                + (c.afterEnd() == 0
                        ? ""
                        : ", " + c.afterEnd() + " submitted after the end of the run")
                + (verdict.undone() == 0
                        ? ""
                        : "; " + verdict.undone() + " trainings undone by rollbacks")
                + (verdict.repeats() == 0
                        ? ""
                        : "; " + verdict.repeats() + " repeated submits not counted")
                + digests(verdict.digests());
    }

    private static String digests(DigestCounts d) {
        if (d.comparisons() == 0 && d.clean()) {
            return "";
        }
        String compared = "; " + d.versions() + " versions compared on " + d.replicas()
                + " replicas by their digests: ";
        if (d.differing() == 0 && d.healed() == 0) {
            return compared + "all equal";
        }
        return compared + d.differing() + " DIFFER"
                + (d.healed() == 0 ? "" : ", " + d.healed() + " differed and were healed");
    }
}
