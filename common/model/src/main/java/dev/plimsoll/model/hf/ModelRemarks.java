package dev.plimsoll.model.hf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a person should know of a model directory that can be trained: what in it is not looked at,
 * and what is taken instead. Processes that open a model say it once, as warnings.
 */
public final class ModelRemarks {

    private ModelRemarks() {}

    /** One sentence or a few for each; none where there is nothing to say. */
    public static List<String> of(Path modelDir) {
        List<String> remarks = new ArrayList<>(LlamaConfigJson.rope(modelDir).remarks());
        LlamaConfigJson.dropout(modelDir).ifPresent(remarks::add);
        WeightCheck.unread(modelDir).ifPresent(remarks::add);
        WeightFiles.staleIndex(modelDir).ifPresent(remarks::add);
        return remarks;
    }
}
