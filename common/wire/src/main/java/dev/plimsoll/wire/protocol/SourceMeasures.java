package dev.plimsoll.wire.protocol;

/**
 * A source as it stands.
 *
 * @param weight 0 when nobody gave it one: it counts as 1
 * @param waiting samples that the planner has read ahead and that are in no step
 * @param trained samples in committed steps that no rollback undid, once for each epoch
 * @param rejected by the planner; what ingest rejects belongs to no source
 */
public record SourceMeasures(
        SourceStatus status, int weight, long waiting, long trained, long rejected) {}
