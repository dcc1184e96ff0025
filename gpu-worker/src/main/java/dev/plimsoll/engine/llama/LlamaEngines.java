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
import java.util.stream.IntStream;

/** Brings a model directory onto a device. */
public final class LlamaEngines {

    private LlamaEngines() {}

    /** Opens a model; a directory that cannot be used is refused with a ModelException before the device is touched. */
    public static TrainingEngine open(Path modelDir, LoraSettings lora, EngineOptions options) {
        LlamaConfig config = LlamaConfig.read(modelDir);
        AdapterLayout layout = new AdapterLayout(config, lora);
        try (Checkpoint checkpoint = Checkpoint.open(modelDir)) {
            DevicePlace place = DevicePlace.choose(options);
            AttentionKernel.Chosen kernel = AttentionKernel.choose(place.number(), place.precision(), windows(config));
            try {
                return assemble(checkpoint, layout, place, kernel);
            } catch (RuntimeException e) {
                kernel.script().close();
                throw e;
            }
        }
    }

    private static TrainingEngine assemble(
            Checkpoint checkpoint, AdapterLayout layout, DevicePlace place, AttentionKernel.Chosen kernel) {
        TorchScript script = kernel.script();
        Precision precision = place.precision();
        Account account = place.account();
        DeviceTensors tensors = new DeviceTensors(script, place.number());
        LinearSizes sizes = new LinearSizes(layout.config(), layout.lora(), place.tailMultiple());
        HeldScope run = new HeldScope(script, account);
        try {
            LlamaWeights weights = new WeightLoader(checkpoint, sizes, tensors, precision, account, run.scope()).load();
            Precision wide = precision.wide();
            run.hold(2L * layout.totalParameters() * wide.bytes());
            Value sum = zeros(tensors, run, layout.totalParameters(), wide);
            Value scratch = zeros(tensors, run, layout.totalParameters(), wide);
            double[] frequencies =
                    layout.config().rope().inverseFrequencies(layout.config().headDim());
            LoadedModel model = new LoadedModel(
                    sizes,
                    precision,
                    tensors,
                    place.kernels(script, layout.config()),
                    weights,
                    tensors.doubles(run.scope(), frequencies, Precision.FP64),
                    new AdapterTensors(layout, sizes).perLayer(tensors, run, scratch),
                    place.hostInputs(script),
                    new DenseAttention(kernel.kernel() == AttentionKernel.CUDA_DENSE),
                    account);
            return new LlamaEngine(
                    new EngineParts(layout, place.device(), place.meter(), model, sum, scratch, place.clock(), run));
        } catch (RuntimeException e) {
            run.close();
            throw e;
        }
    }

    private static boolean windows(LlamaConfig config) {
        return IntStream.range(0, config.layers()).anyMatch(layer -> config.slidingWindow(layer) > 0);
    }

    private static Value zeros(DeviceTensors tensors, HeldScope into, int elements, Precision precision) {
        return tensors.script().call(into.scope(), "zeros", elements, precision.torchDtype(), tensors.device());
    }
}
