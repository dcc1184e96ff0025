package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.settings.Setting.Default;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What a run is: fixed by the coordinator that creates the run. */
public final class RunCatalogue {

    private static final List<String> PROJECTIONS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    public static final Setting<Path> MODEL = run(
            "model",
            ValueType.path("DIR", "a directory as Hugging Face lays it out"),
            new Default.Derived("the built-in model, where the command line starts the process; "
                    + "other processes must be told"),
            "model/hash",
            "Trains this base model, whose config and weights must be the same for coordinator "
                    + "and workers.");

    public static final Setting<String> MODEL_NAME = run(
            "model-name",
            ValueType.text("NAME", "\\S.*", "a name that is not empty"),
            new Default.Derived("the name of the model's directory; an export then says what"
                    + " config.json says, or the path"),
            "model/name",
            "Names the base model in the exported adapter, e.g. by its name on Hugging Face.");

    public static final Setting<String> RUN_ID = run(
            "run-id",
            ValueType.text("NAME", ClientCatalogue.NAME, ClientCatalogue.NAME_RANGE),
            new Default.Derived("the prefix"),
            "runId",
            "Names the run in its records.");

    public static final Setting<Path> START_FROM = run(
            "start-from",
            ValueType.path(
                    "DIR",
                    "a directory with a PEFT adapter, or one that `export "
                            + "--with-optimizer` wrote"),
            new Default.Derived("an adapter that the seed makes and that changes nothing yet"),
            "start/hash",
            "Starts from this adapter, whose rank, alpha and targets the run takes over; where "
                    + "the directory holds the optimizer's state, that training goes on.");

    /** Zero counts the step in tokens. */
    public static final Setting<Integer> SAMPLES_PER_STEP = run(
            "samples-per-step",
            ValueType.integer(1, 16_384),
            new Default.Value("16"),
            "steps/samplesPerStep",
            "Fills a step with so many samples; tokens-per-step may be given instead.");

    public static final Setting<Integer> TOKENS_PER_STEP = run(
            "tokens-per-step",
            ValueType.integer(1, Integer.MAX_VALUE),
            new Default.Derived("to count samples"),
            "steps/tokensPerStep",
            "Fills a step with at least so many tokens; it cannot be combined with "
                    + "samples-per-step.");

    public static final Setting<Duration> LINGER = run(
            "linger",
            ValueType.time(Duration.ZERO),
            new Default.Value("0s"),
            "steps/linger",
            "Closes a step that is not full after this time; with 0s it waits for ever, so that "
                    + "the members of a step never depend on timing.");

    public static final Setting<Long> STEPS = run(
            "steps",
            ValueType.wholeNumber(0, Long.MAX_VALUE),
            new Default.Value("0"),
            "steps/maxSteps",
            "Ends the run after so many steps; with 0 it has no end.");

    public static final Setting<Long> SEED = run(
            "seed",
            ValueType.wholeNumber(Long.MIN_VALUE, Long.MAX_VALUE),
            new Default.Value("42"),
            "steps/seed",
            "Seeds the adapter's first values and the order of samples in later epochs.");

    public static final Setting<Integer> EPOCHS = run(
            "epochs",
            ValueType.integer(1, Integer.MAX_VALUE),
            new Default.Value("1"),
            "steps/epochs",
            "Trains the data so often: once as it arrives, then, after `finish`, shuffled.");

    public static final Setting<Boolean> PAUSE_ON_NON_FINITE = run(
            "pause-on-non-finite",
            ValueType.FLAG,
            new Default.Value("false"),
            "steps/pauseOnNonFinite",
            "Pauses the run until `resume` when the loss or gradient of a sample is not finite; "
                    + "the sample is rejected in any case.");

    public static final Setting<Integer> LORA_RANK = run(
            "lora-rank",
            ValueType.integer(1, 1024),
            new Default.Value("8"),
            "lora/loraRank",
            "Sets the rank of the LoRA matrices, commonly 8 to 64.");

    public static final Setting<Double> LORA_ALPHA = run(
            "lora-alpha",
            ValueType.positiveNumber(),
            new Default.Value("16"),
            "lora/loraAlpha",
            "Scales the adapter's output by this number over the rank.");

    public static final Setting<Boolean> RSLORA = run(
            "rslora",
            ValueType.FLAG,
            new Default.Value("false"),
            "lora/rsLora",
            "Scales the adapter's output by lora-alpha over the square root of the rank instead.");

    public static final Setting<List<String>> TARGETS = run(
            "targets",
            ValueType.choices(PROJECTIONS),
            new Default.Value(String.join(",", PROJECTIONS)),
            "lora/targets",
            "Trains an adapter beside each of these projections.");

    public static final Setting<Double> LEARNING_RATE = run(
            "learning-rate",
            ValueType.positiveNumber(10),
            new Default.Value("2e-4"),
            "optimizer/learningRate/peak",
            "Sets the learning rate after the warm-up.");

    public static final Setting<String> SCHEDULE = run(
            "schedule",
            ValueType.choice(List.of("constant", "cosine")),
            new Default.Value("constant"),
            "optimizer/learningRate/schedule",
            "Keeps the learning rate constant after the warm-up, or lets it fall as a cosine to "
                    + "zero at the last of `steps`.");

    public static final Setting<Long> WARMUP_STEPS = run(
            "warmup-steps",
            ValueType.wholeNumber(0, Long.MAX_VALUE),
            new Default.Value("0"),
            "optimizer/learningRate/warmupSteps",
            "Raises the learning rate linearly over so many first steps.");

    public static final Setting<Double> BETA1 = run(
            "beta1",
            ValueType.numberBelow(0, 1),
            new Default.Value("0.9"),
            "optimizer/beta1",
            "Sets the decay of AdamW's mean of gradients.");

    public static final Setting<Double> BETA2 = run(
            "beta2",
            ValueType.numberBelow(0, 1),
            new Default.Value("0.999"),
            "optimizer/beta2",
            "Sets the decay of AdamW's mean of squared gradients.");

    /** The first gradient of each A is 0, and 0 divided by 0 is no number; in fp32, too. */
    private static final double LEAST_EPSILON = 1e-20;

    public static final Setting<Double> EPSILON = run(
            "epsilon",
            ValueType.number(LEAST_EPSILON, 1),
            new Default.Value("1e-8"),
            "optimizer/epsilon",
            "Sets the number that AdamW adds to the root of the squared gradients' mean.");

    public static final Setting<Double> WEIGHT_DECAY = run(
            "weight-decay",
            ValueType.number(0, 10),
            new Default.Value("0"),
            "optimizer/weightDecay",
            "Sets AdamW's decoupled weight decay.");

    public static final Setting<Double> MAX_GRADIENT_NORM = run(
            "max-gradient-norm",
            ValueType.number(0, Double.MAX_VALUE),
            new Default.Value("1"),
            "optimizer/maxGradientNorm",
            "Scales a step's gradient down to this norm when it is longer; with 0 it never does.");

    public static final Setting<String> GRADIENT_DTYPE = run(
            "gradient-dtype",
            ValueType.choice(List.of("auto", "fp32", "bf16")),
            new Default.Value("auto"),
            "fold/gradientDtype",
            "Sends gradients in these numbers. With auto a worker that computes in bf16, fp8 or "
                    + "nf4 sends bf16, rounded at random without bias, and others send fp32.");

    public static final Setting<Integer> STATE_EVERY = run(
            "state-every",
            ValueType.integer(1, 10_000),
            new Default.Value("32"),
            "fold/stateEvery",
            "Writes adapter and moments after so many steps at the latest. A parameter server that "
                    + "starts again makes the steps since from their gradients.");

    public static final Setting<Long> EVALUATE_EVERY = run(
            "evaluate-every",
            ValueType.wholeNumber(0, Long.MAX_VALUE),
            new Default.Value("100"),
            "evaluation/every",
            "Evaluates the adapter on the samples of sources marked for evaluation after so many "
                    + "steps, and when the run ends; with 0 it never does. Without such samples "
                    + "nothing is done.");

    public static final Setting<Integer> EVALUATE_SAMPLES = run(
            "evaluate-samples",
            ValueType.integer(0, 16_384),
            new Default.Value("0"),
            "evaluation/maxSamples",
            "Evaluates so many samples each time, those that came first; with 0 it takes all.");

    public static final Setting<Boolean> KEEP_BEST = run(
            "keep-best",
            ValueType.FLAG,
            new Default.Value("true"),
            "evaluation/keepBest",
            "Keeps the version with the lowest loss in an evaluation as the checkpoint `best`.");

    private RunCatalogue() {}

    private static <T> Setting<T> run(
            String name, ValueType<T> type, Default fallback, String wirePath, String help) {
        return new Setting<>(name, Scope.RUN, type, fallback, wirePath, help);
    }

    static List<Setting<?>> all() {
        return List.of(
                MODEL,
                MODEL_NAME,
                RUN_ID,
                START_FROM,
                SAMPLES_PER_STEP,
                TOKENS_PER_STEP,
                LINGER,
                STEPS,
                SEED,
                EPOCHS,
                PAUSE_ON_NON_FINITE,
                LORA_RANK,
                LORA_ALPHA,
                RSLORA,
                TARGETS,
                LEARNING_RATE,
                SCHEDULE,
                WARMUP_STEPS,
                BETA1,
                BETA2,
                EPSILON,
                WEIGHT_DECAY,
                MAX_GRADIENT_NORM,
                GRADIENT_DTYPE,
                STATE_EVERY,
                EVALUATE_EVERY,
                EVALUATE_SAMPLES,
                KEEP_BEST);
    }
}
