package dev.plimsoll.audit;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * How many submitted samples there are, and what became of them: {@code submitted = trainedOnce +
 * rejected + waiting + lost + duplicated}.
 *
 * @param submitted records in the topic samples, without repeats of a sample, and with records that
 *     are known to be gone from the topic
 * @param waiting samples that are not tokenized yet, or tokenized and in no version of the adapter
 *     yet
 * @param duplicated samples that are in the adapter more than once, or are in it and were rejected
 *     too
 * @param lost samples that are neither trained nor rejected nor waiting
 */
public record AuditCounts(
        long submitted, long trainedOnce, long rejected, long waiting, long duplicated, long lost) {

    @JsonIgnore
    public boolean clean() {
        return duplicated == 0 && lost == 0;
    }
}
