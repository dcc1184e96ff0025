package dev.plimsoll.audit;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * How many digests there were to compare. A version of an old run has none.
 *
 * @param versions of which the digests of two or more replicas were compared, or what the journal
 *     accepted with what a manifest says
 * @param replicas shards and workers whose digests were compared, each counted once
 * @param comparisons single comparisons
 * @param healed replicas' versions that differed and that nobody trained with any more, because the
 *     planner ended the worker's generation
 * @param differing replicas' versions that differed and stayed
 */
public record DigestCounts(
        long versions, long replicas, long comparisons, long healed, long differing) {

    @JsonIgnore
    public boolean clean() {
        return differing == 0;
    }
}
