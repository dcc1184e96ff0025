package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.PreparedEngine;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.fold.FoldChoice;
import dev.plimsoll.engine.kernels.AttentionChoice;
import dev.plimsoll.engine.stage.StageAssembly;
import dev.plimsoll.engine.wide.WideFactory;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.hf.ModelRemarks;
import dev.plimsoll.model.hf.WeightCheck;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.wire.run.LoraSettings;

import java.nio.file.Path;
import java.util.Optional;

/** Opens engines: brings a model directory onto a device, or onto several. */
public final class EngineFactory {

    private static final System.Logger LOG = System.getLogger(EngineFactory.class.getName());

    private EngineFactory() {}

    /**
     * Loads the model for the calling thread, which owns the engine from here on. The adapter
     * starts as zeros: the base model. It does not fold. A directory that cannot be used is refused
     * with a {@link dev.plimsoll.model.hf.ModelException} for a person to read.
     */
    public static TrainingEngine open(Path modelDir, LoraSettings lora, EngineOptions options) {
        return prepare(modelDir, options).open(lora, Optional.empty());
    }

    /**
     * The first part of {@link #open}, which needs no LoRA settings: starts PyTorch, picks the
     * device, compiles the scripts and tries the kernels. The same thread must open it. A directory
     * that cannot be used is refused with a ModelException before the device is touched. Nothing
     * needs to be closed where it is not opened.
     */
    public static PreparedEngine prepare(Path modelDir, EngineOptions options) {
        LlamaConfig config = WeightCheck.require(modelDir);
        ModelRemarks.of(modelDir)
                .forEach(note -> LOG.log(System.Logger.Level.WARNING, "{0}", note));
        if (options.devices().size() > 1) {
            return WideFactory.prepare(modelDir, config, options);
        }
        DevicePlace place = DevicePlace.choose(options);
        AttentionChoice kernel = StageAssembly.prepare(place, config);
        return (lora, optimizer) -> load(
                modelDir,
                config,
                lora,
                place,
                kernel,
                new FoldChoice(options.optimizerOn(), place, optimizer));
    }

    private static TrainingEngine load(
            Path modelDir,
            LlamaConfig config,
            LoraSettings lora,
            DevicePlace place,
            AttentionChoice kernel,
            FoldChoice folds) {
        try (WeightFiles files = WeightFiles.open(modelDir)) {
            return new LlamaEngine(
                    StageAssembly.load(files, ModelPart.all(config), lora, place, kernel, folds));
        }
    }
}
