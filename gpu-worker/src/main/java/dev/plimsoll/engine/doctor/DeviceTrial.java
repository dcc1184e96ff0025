package dev.plimsoll.engine.doctor;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.AttentionChoice;
import dev.plimsoll.engine.kernels.Fp8Coders;
import dev.plimsoll.engine.kernels.FusedKernels;
import dev.plimsoll.engine.kernels.KernelChoice;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.machine.EngineTrial;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

/**
 * Lets the engine try a device as at a worker's start, with the widths of a common model, and train
 * one micro-batch of a small one.
 */
final class DeviceTrial {

    private static final LlamaConfig WIDTHS = RandomModel.shape("1b");
    private static final int TOKENS = 64;

    private DeviceTrial() {}

    /** @param device auto, cpu or cuda */
    static EngineTrial run(Path model, String device) {
        LogWarnings warnings = LogWarnings.keep();
        DevicePlace place = DevicePlace.choose(new EngineOptions(device, "auto", 0, 0));
        String kind = place.device().kind();
        AttentionChoice attention =
                AttentionChoice.choose(place.number(), place.precision(), WIDTHS.headDim(), false);
        boolean fused;
        boolean fp8;
        try (LlamaScript script = attention.script()) {
            Kernels kernels = KernelChoice.choose(place, script, WIDTHS);
            fused = kernels instanceof FusedKernels;
            fp8 = !place.isCpu() && multipliesFp8(kernels, script);
        }
        double loss = train(model, new EngineOptions(kind, "auto", 0, 0));
        return new EngineTrial(
                kind,
                place.device().name(),
                place.precision().label(),
                attention.source().toString(),
                fused,
                fp8,
                loss,
                warnings.list().stream().distinct().toList());
    }

    private static boolean multipliesFp8(Kernels kernels, LlamaScript script) {
        DevicePlace place = DevicePlace.choose(new EngineOptions("cuda", "fp8", 0, 0));
        try (QuantizeScript quantize = QuantizeScript.load();
                HeldScope scope = new HeldScope(script, Account.NONE)) {
            return Fp8Coders.choose(place, WIDTHS, kernels, script, quantize, scope) != null;
        }
    }

    private static double train(Path model, EngineOptions options) {
        LoraSettings lora = new LoraSettings(8, 16, false, EnumSet.allOf(Projection.class));
        try (TrainingEngine engine = EngineFactory.open(model, lora, options)) {
            engine.loadAdapter(0, engine.layout().initial(1));
            int vocabulary = engine.layout().config().vocabSize();
            int[] tokens = new int[TOKENS];
            Arrays.setAll(tokens, i -> (7 * i + 1) % vocabulary);
            boolean[] trainOn = new boolean[TOKENS];
            Arrays.fill(trainOn, true);
            MemoryPlan plan = new MemoryPlan(0, 512, 0);
            return switch (engine.train(
                    List.of(new PackedSequence(0, tokens, trainOn)), plan, LayerListener.NONE)) {
                case MicroBatchResult.Trained trained -> trained.lossNats() / trained.lossTokens();
                case MicroBatchResult.Failed failed ->
                    throw new ModelException("a micro-batch of the small model in " + model
                            + " cannot be trained: " + failed.note());
            };
        }
    }
}
