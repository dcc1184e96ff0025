package dev.plimsoll.wire.run;

import dev.plimsoll.wire.settings.RunCatalogue;

/**
 * How versions follow from the log.
 *
 * @param stateEvery the shards write their state after so many steps at the latest
 */
public record FoldSettings(GradientDtype gradientDtype, int stateEvery) {

    public FoldSettings {
        RunCatalogue.STATE_EVERY.require(stateEvery);
    }

    /** What runs mean that do not say. */
    public static final FoldSettings OLD = new FoldSettings(GradientDtype.FP32, 32);
}
