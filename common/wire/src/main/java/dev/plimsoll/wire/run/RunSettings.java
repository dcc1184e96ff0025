package dev.plimsoll.wire.run;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.settings.RunCatalogue;

/** What a run is, fixed when it is created. */
public record RunSettings(
        String runId,
        ModelIdentity model,
        LoraSettings lora,
        StepSettings steps,
        OptimizerSettings optimizer,
        FleetSettings fleet,

        @AddedLater("{\"gradientDtype\":\"FP32\",\"stateEvery\":32}")
        FoldSettings fold,

        @AddedLater("{\"hash\":\"\",\"updates\":0,\"stepsDone\":0}")
        RunStart start,

        @AddedLater("{\"every\":0,\"maxSamples\":0,\"keepBest\":true}")
        EvaluationSettings evaluation,

        @AddedLater("{\"seal\":\"\",\"samplesTopic\":\"\",\"texts\":{}}")
        RunIdentity identity) {

    public RunSettings {
        RunCatalogue.RUN_ID.require(runId);
    }

    /** Of an unknown identity. */
    public RunSettings(
            String runId,
            ModelIdentity model,
            LoraSettings lora,
            StepSettings steps,
            OptimizerSettings optimizer,
            FleetSettings fleet,
            FoldSettings fold,
            RunStart start,
            EvaluationSettings evaluation) {
        this(
                runId,
                model,
                lora,
                steps,
                optimizer,
                fleet,
                fold,
                start,
                evaluation,
                RunIdentity.UNKNOWN);
    }

    /** Without evaluations, of an unknown identity. */
    public RunSettings(
            String runId,
            ModelIdentity model,
            LoraSettings lora,
            StepSettings steps,
            OptimizerSettings optimizer,
            FleetSettings fleet,
            FoldSettings fold,
            RunStart start) {
        this(runId, model, lora, steps, optimizer, fleet, fold, start, EvaluationSettings.NEVER);
    }

    /** The same run, known by that. */
    public RunSettings with(RunIdentity known) {
        return new RunSettings(
                runId, model, lora, steps, optimizer, fleet, fold, start, evaluation, known);
    }

    /** The same run with these evaluations. */
    public RunSettings with(EvaluationSettings evaluated) {
        return new RunSettings(
                runId, model, lora, steps, optimizer, fleet, fold, start, evaluated, identity);
    }

    /** As it may be shown: without the key of its seal. */
    public RunSettings shown() {
        return with(identity.unsealed());
    }

    /** From the seed's adapter. */
    public RunSettings(
            String runId,
            ModelIdentity model,
            LoraSettings lora,
            StepSettings steps,
            OptimizerSettings optimizer,
            FleetSettings fleet,
            FoldSettings fold) {
        this(runId, model, lora, steps, optimizer, fleet, fold, RunStart.SEEDED);
    }

    /** With {@link FoldSettings#OLD}. */
    public RunSettings(
            String runId,
            ModelIdentity model,
            LoraSettings lora,
            StepSettings steps,
            OptimizerSettings optimizer,
            FleetSettings fleet) {
        this(runId, model, lora, steps, optimizer, fleet, FoldSettings.OLD);
    }

    /** The same run from another version 0. */
    public RunSettings from(RunStart other) {
        return new RunSettings(
                runId, model, lora, steps, optimizer, fleet, fold, other, evaluation, identity);
    }

    /** The same run with its adapter cut into so many shards. */
    public RunSettings in(int shards) {
        return new RunSettings(
                runId,
                model,
                lora,
                steps,
                optimizer,
                fleet.in(shards),
                fold,
                start,
                evaluation,
                identity);
    }

    /**
     * @param name as the adapter will name its base model
     * @param hash over config and weights
     * @param parameters number of values in the adapter
     */
    public record ModelIdentity(String name, String hash, long parameters) {}
}
