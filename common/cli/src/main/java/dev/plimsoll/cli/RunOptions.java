package dev.plimsoll.cli;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run is; fixed when the coordinator creates it. An option that is not given is left to the
 * coordinator.
 */
public final class RunOptions {

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "Base model, as Hugging Face lays it out. Default: the built-in one.")
    Path model;

    @Option(names = "--run-id", description = "Default: the prefix.")
    String runId;

    @Option(
            names = "--samples-per-step",
            paramLabel = "N",
            description = "Effective batch in samples. Default: 16.")
    Integer samplesPerStep;

    @Option(
            names = "--tokens-per-step",
            paramLabel = "N",
            description = "Effective batch in tokens, instead.")
    Integer tokensPerStep;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "The run ends after so many; 0: endless.")
    Long steps;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "How often the data is trained: once as it comes, then, after `finish`, "
                    + "shuffled. Default: 1.")
    Integer epochs;

    @Option(
            names = "--pause-on-non-finite",
            description =
                    "Pause when a sample's loss is not finite, until `resume`; it is rejected in "
                            + "any case.")
    boolean pauseOnNonFinite;

    @Option(
            names = "--linger",
            paramLabel = "TIME",
            description = "When an under-full step closes, e.g. 30s; 0s: never.")
    String linger;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Of the adapter and the order of samples.")
    Long seed;

    @Option(names = "--lora-rank", paramLabel = "N", description = "Default: 8.")
    Integer loraRank;

    @Option(names = "--lora-alpha", paramLabel = "X", description = "Default: 16.")
    Double loraAlpha;

    @Option(
            names = "--rslora",
            description = "Scale by alpha / sqrt(rank) instead of alpha / rank.")
    boolean rslora;

    @Option(
            names = "--targets",
            paramLabel = "NAMES",
            description = "Projections with commas: "
                    + "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj (default).")
    String targets;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Peak. Default: 2e-4.")
    Double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            description = "constant (default) or cosine.")
    String schedule;

    @Option(names = "--warmup-steps", paramLabel = "N", description = "Linear warm-up. Default: 0.")
    Long warmupSteps;

    @Option(names = "--weight-decay", paramLabel = "X", description = "AdamW's. Default: 0.")
    Double weightDecay;

    @Option(
            names = "--max-gradient-norm",
            paramLabel = "X",
            description = "Global clip; 0: none. Default: 1.")
    Double maxGradientNorm;

    @Option(names = "--shards", paramLabel = "N", description = "Parts of the adapter. Default: 2.")
    Integer shards;

    @Option(
            names = "--max-microbatch-tokens",
            paramLabel = "N",
            description = "Of a packed micro-batch, however much memory there is. Default: 32768.")
    Integer maxMicrobatchTokens;

    @Option(
            names = "--max-sequence-tokens",
            paramLabel = "N",
            description = "Longer samples are rejected.")
    Integer maxSequenceTokens;

    @Option(
            names = "--sample-partitions",
            paramLabel = "N",
            description = "Of the topic samples if it is new. Default: 1.")
    Integer samplePartitions;

    @Option(
            names = "--lease",
            paramLabel = "TIME",
            description = "Silence after which a worker counts as lost. Default: 8s.")
    String lease;

    public Path model() {
        return Installation.modelOr(model);
    }

    public int shardsOr(int otherwise) {
        return shards == null ? otherwise : shards;
    }

    public int samplesPerStepOr(int otherwise) {
        return samplesPerStep == null ? otherwise : samplesPerStep;
    }

    /** Null where a step is counted in samples. */
    public Integer tokensPerStep() {
        return tokensPerStep;
    }

    public long stepsOr(long otherwise) {
        return steps == null ? otherwise : steps;
    }

    public int samplePartitionsOr(int otherwise) {
        return samplePartitions == null ? otherwise : samplePartitions;
    }

    public int maxSequenceTokensOr(int otherwise) {
        return maxSequenceTokens == null ? otherwise : maxSequenceTokens;
    }

    /** The options that were given, by the coordinator's names. */
    public Map<String, String> properties() {
        Map<String, String> p = new TreeMap<>();
        p.put("model", model().toString());
        put(p, "run-id", runId);
        put(p, "samples-per-step", samplesPerStep);
        put(p, "tokens-per-step", tokensPerStep);
        put(p, "steps", steps);
        put(p, "epochs", epochs);
        put(p, "pause-on-non-finite", pauseOnNonFinite ? "true" : null);
        put(p, "linger", linger);
        put(p, "seed", seed);
        put(p, "lora-rank", loraRank);
        put(p, "lora-alpha", loraAlpha);
        put(p, "rslora", rslora ? "true" : null);
        put(p, "targets", targets);
        put(p, "learning-rate", learningRate);
        put(p, "schedule", schedule);
        put(p, "warmup-steps", warmupSteps);
        put(p, "weight-decay", weightDecay);
        put(p, "max-gradient-norm", maxGradientNorm);
        put(p, "shards", shards);
        put(p, "max-microbatch-tokens", maxMicrobatchTokens);
        put(p, "max-sequence-tokens", maxSequenceTokens);
        put(p, "sample-partitions", samplePartitions);
        put(p, "lease", lease);
        return p;
    }

    private static void put(Map<String, String> properties, String name, Object value) {
        if (value != null) {
            properties.put(name, value.toString());
        }
    }
}
