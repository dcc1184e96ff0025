package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.memory.Account;
import dev.plimsoll.engine.torch.TorchScript;
import dev.plimsoll.engine.torch.Value;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.Checkpoint;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.LoraSettings;
import java.nio.file.Path;
import java.util.List;

/** Brings a model directory onto a device. */
public final class LlamaEngines {

    private LlamaEngines() {}

    /** Opens a model; a directory that cannot be used is refused with a ModelException before the device is touched. */
    public static TrainingEngine open(Path modelDir, LoraSettings lora, EngineOptions options) {
        LlamaConfig config = LlamaConfig.read(modelDir);
        AdapterLayout layout = new AdapterLayout(config, lora);
        try (Checkpoint checkpoint = Checkpoint.open(modelDir)) {
            DevicePlace place = DevicePlace.choose(options);
            AttentionKernel.Chosen kernel = AttentionKernel.choose(place.number(), place.precision());
            try {
                return assemble(checkpoint, layout, place, kernel.script());
            } catch (RuntimeException e) {
                kernel.script().close();
                throw e;
            }
        }
    }

    private static TrainingEngine assemble(
            Checkpoint checkpoint, AdapterLayout layout, DevicePlace place, TorchScript script) {
        LlamaConfig config = layout.config();
        Precision precision = place.precision();
        Account account = place.account();
        DeviceTensors tensors = new DeviceTensors(script, place.number());
        HeldScope run = new HeldScope(script, account);
        try {
            LlamaWeights weights = LlamaWeights.load(checkpoint, config, tensors, precision, run.scope(), account);
            Precision wide = precision.wide();
            long flatBytes = (long) layout.totalParameters() * wide.bytes();
            run.hold(2 * flatBytes);
            Value sum = zeros(tensors, run, layout.totalParameters(), wide);
            Value scratch = zeros(tensors, run, layout.totalParameters(), wide);
            List<Value> gradients = new AdapterTensors(layout).perLayer("windows", tensors, run, scratch, weights);
            double[] frequencies = config.rope().inverseFrequencies(config.headDim());
            LoadedModel model = new LoadedModel(
                    config,
                    layout.lora().loraScaling(),
                    precision,
                    tensors,
                    weights,
                    tensors.doubles(run.scope(), frequencies, Precision.FP64),
                    gradients,
                    account);
            return new LlamaEngine(new EngineParts(layout, place.device(), place.meter(), model, sum, scratch, run));
        } catch (RuntimeException e) {
            run.close();
            throw e;
        }
    }

    private static Value zeros(DeviceTensors tensors, HeldScope into, int elements, Precision precision) {
        return tensors.script().call(into.scope(), "zeros", elements, precision.torchDtype(), tensors.device());
    }
}
