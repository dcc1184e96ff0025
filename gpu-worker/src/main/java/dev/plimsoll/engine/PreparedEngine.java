package dev.plimsoll.engine;

import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;

import java.util.Optional;

/** A device that is ready and code that is compiled; the weights are not loaded yet. */
@FunctionalInterface
public interface PreparedEngine {

    /**
     * Loads the model, once, on the thread that prepared it.
     *
     * @param optimizer by which it folds; without one {@link TrainingEngine#loadState} is refused
     */
    TrainingEngine open(LoraSettings lora, Optional<OptimizerSettings> optimizer);
}
