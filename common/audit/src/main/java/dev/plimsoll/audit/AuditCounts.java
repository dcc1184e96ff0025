package dev.plimsoll.audit;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * What became of the submitted samples: {@code submitted = trainedOnce + rejected + waiting + lost
 * + duplicated}.
 *
 * @param submitted records in the topic samples, repeats of a sample aside, and records known to be
 *     gone from it
 * @param waiting not yet tokenized, or tokenized and in no version of the adapter yet
 * @param duplicated in the adapter more than once, or in it and rejected too
 * @param lost neither trained nor rejected nor waiting
 */
public record AuditCounts(
        long submitted, long trainedOnce, long rejected, long waiting, long duplicated, long lost) {

    @JsonIgnore
    public boolean clean() {
        return duplicated == 0 && lost == 0;
    }
}
