package dev.plimsoll.wire.run;

/** What a run is, fixed when it is created. */
public record RunSettings(
        String runId,
        ModelIdentity model,
        LoraSettings lora,
        StepSettings steps,
        OptimizerSettings optimizer,
        FleetSettings fleet) {

    public RunSettings {
        if (runId == null || !runId.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new IllegalArgumentException("run id '" + runId
                    + "' is not usable; use 1 to 64 letters, digits, dots, dashes or underscores");
        }
    }

    /**
     * @param name as the adapter will name its base model
     * @param hash over config and weights
     * @param parameters number of values in the adapter
     */
    public record ModelIdentity(String name, String hash, long parameters) {}
}
