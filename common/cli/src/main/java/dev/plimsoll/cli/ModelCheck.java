package dev.plimsoll.cli;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.model.text.SampleTokenizer;

import java.nio.file.Path;

/** Looks, before anything is started, whether a model directory has all that training needs. */
public final class ModelCheck {

    private ModelCheck() {}

    /** Throws what the readers throw: one sentence that names the file. */
    public static void require(Path model) {
        LlamaConfig.read(model);
        WeightFiles.open(model).close();
        SampleTokenizer.open(model).close();
    }
}
