package dev.plimsoll.cli.card;

import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The settings of a run that decide what it learns, by the names of docs/SETTINGS.md. */
public record SettingRows(RunSettings run) {

    public Map<String, String> rows() {
        Map<String, String> rows = new LinkedHashMap<>();
        LoraSettings lora = run.lora();
        rows.put("lora-rank", "" + lora.loraRank());
        rows.put("lora-alpha", number(lora.loraAlpha()) + (lora.rsLora() ? ", rsLoRA" : ""));
        rows.put(
                "targets",
                lora.targets().stream()
                        .map(Projection::moduleName)
                        .collect(Collectors.joining(", ")));
        optimizer(rows, run.optimizer());
        steps(rows, run.steps());
        rows.put("max-sequence-tokens", "" + run.fleet().maxSequenceTokens());
        rows.put("gradient-dtype", run.fold().gradientDtype().name().toLowerCase(Locale.ROOT));
        if (!run.start().hash().isEmpty()) {
            rows.put("start-from", "an adapter after " + run.start().updates() + " updates");
        }
        rows.put("model hash", run.model().hash());
        return rows;
    }

    private static void optimizer(Map<String, String> rows, OptimizerSettings optimizer) {
        LearningRate rate = optimizer.learningRate();
        rows.put("learning-rate", number(rate.peak()));
        rows.put("schedule", rate.schedule().name().toLowerCase(Locale.ROOT));
        rows.put("warmup-steps", "" + rate.warmupSteps());
        rows.put("beta1, beta2", number(optimizer.beta1()) + ", " + number(optimizer.beta2()));
        rows.put("epsilon", number(optimizer.epsilon()));
        rows.put("weight-decay", number(optimizer.weightDecay()));
        rows.put("max-gradient-norm", number(optimizer.maxGradientNorm()));
    }

    private static void steps(Map<String, String> rows, StepSettings steps) {
        if (steps.samplesPerStep() > 0) {
            rows.put("samples-per-step", "" + steps.samplesPerStep());
        } else {
            rows.put("tokens-per-step", "" + steps.tokensPerStep());
        }
        rows.put("epochs", "" + steps.epochs());
        rows.put("seed", "" + steps.seed());
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
