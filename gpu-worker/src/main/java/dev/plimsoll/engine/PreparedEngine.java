package dev.plimsoll.engine;

import dev.plimsoll.wire.run.LoraSettings;

/** A device that is ready and code that is compiled; the weights are not loaded yet. */
@FunctionalInterface
public interface PreparedEngine {

    /** Loads the model, once, on the thread that prepared it. */
    TrainingEngine open(LoraSettings lora);
}
