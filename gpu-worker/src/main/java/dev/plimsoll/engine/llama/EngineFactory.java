package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.PreparedEngine;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.wire.run.LoraSettings;

import java.nio.file.Path;

/** Opens engines. */
public final class EngineFactory {

    private EngineFactory() {}

    /**
     * Loads the model for the calling thread, which owns the engine from here on. The adapter
     * starts as zeros: the base model. A directory that cannot be used is refused with a
     * {@link dev.plimsoll.model.hf.ModelException} for a person to read.
     */
    public static TrainingEngine open(Path modelDir, LoraSettings lora, EngineOptions options) {
        return prepare(modelDir, options).open(lora);
    }

    /**
     * The first part of {@link #open}, for who does not know the LoRA settings yet. The same thread
     * must open it. Nothing needs to be closed where it is not opened.
     */
    public static PreparedEngine prepare(Path modelDir, EngineOptions options) {
        return LlamaEngines.prepare(modelDir, options);
    }
}
