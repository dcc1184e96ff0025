package dev.plimsoll.wire.run;

import dev.plimsoll.wire.settings.RunCatalogue;

/** What a run is, fixed when it is created. */
public record RunSettings(
        String runId,
        ModelIdentity model,
        LoraSettings lora,
        StepSettings steps,
        OptimizerSettings optimizer,
        FleetSettings fleet) {

    public RunSettings {
        RunCatalogue.RUN_ID.require(runId);
    }

    /**
     * @param name as the adapter will name its base model
     * @param hash over config and weights
     * @param parameters number of values in the adapter
     */
    public record ModelIdentity(String name, String hash, long parameters) {}
}
