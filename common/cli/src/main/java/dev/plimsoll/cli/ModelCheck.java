package dev.plimsoll.cli;

import dev.plimsoll.model.hf.WeightCheck;
import dev.plimsoll.model.text.SampleTokenizer;

import java.nio.file.Path;

/** Looks, before anything is started, whether a model directory has all that training needs. */
public final class ModelCheck {

    private ModelCheck() {}

    /** Throws what the readers throw: one sentence that names the file. */
    public static void require(Path model) {
        WeightCheck.require(model);
        SampleTokenizer.open(model).close();
    }
}
