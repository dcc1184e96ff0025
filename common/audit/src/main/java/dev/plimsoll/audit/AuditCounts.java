package dev.plimsoll.audit;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * How many submitted samples there are, and what became of them: {@code submitted = trainedOnce +
 * rejected + waiting + lost + duplicated + evaluation + afterEnd}.
 *
 * @param submitted records in the topic samples, without repeats of a sample, and with records that
 *     are known to be gone from the topic
 * @param waiting samples that are not tokenized yet, or tokenized and in no version of the adapter
 *     yet
 * @param duplicated samples that are in the adapter more than once, or are in it and were rejected
 *     too
 * @param lost samples that are neither trained nor rejected nor waiting
 * @param evaluation samples that are for evaluation, and were not rejected
 * @param afterEnd samples that came after a run was finished: nobody waits for them
 */
public record AuditCounts(
        long submitted,
        long trainedOnce,
        long rejected,
        long waiting,
        long duplicated,
        long lost,
        long evaluation,
        long afterEnd) {

    /** Where none came after the end. */
    public AuditCounts(
            long submitted,
            long trainedOnce,
            long rejected,
            long waiting,
            long duplicated,
            long lost,
            long evaluation) {
        this(submitted, trainedOnce, rejected, waiting, duplicated, lost, evaluation, 0);
    }

    /** Where no sample is for evaluation. */
    public AuditCounts(
            long submitted,
            long trainedOnce,
            long rejected,
            long waiting,
            long duplicated,
            long lost) {
        this(submitted, trainedOnce, rejected, waiting, duplicated, lost, 0);
    }

    @JsonIgnore
    public boolean clean() {
        return duplicated == 0 && lost == 0;
    }
}
