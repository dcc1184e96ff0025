package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;

/**
 * A source as it stands.
 *
 * @param weight 0 when nobody gave it one: it counts as 1
 * @param waiting samples that the planner has read ahead and that are in no step
 * @param trained samples in committed steps that no rollback undid, once for each epoch
 * @param rejected by the planner; what ingest rejects belongs to no source
 * @param evaluation its samples are evaluated and never trained: all that wait are there for each
 *     evaluation
 */
public record SourceMeasures(
        SourceStatus status,
        int weight,
        long waiting,
        long trained,
        long rejected,

        @AddedLater("false") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        boolean evaluation) {

    /** Of samples that are trained. */
    public SourceMeasures(
            SourceStatus status, int weight, long waiting, long trained, long rejected) {
        this(status, weight, waiting, trained, rejected, false);
    }
}
