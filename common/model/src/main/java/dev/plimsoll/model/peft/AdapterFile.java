package dev.plimsoll.model.peft;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.Safetensors;
import dev.plimsoll.model.hf.TensorView;
import dev.plimsoll.wire.run.LoraSettings;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * An adapter on disk that was compared with the model it is for; its matrices are read one by one.
 */
public final class AdapterFile implements AutoCloseable {

    private static final String PICKLED = "adapter_model.bin";

    private final AdapterLayout layout;
    private final Safetensors tensors;

    private AdapterFile(AdapterLayout layout, Safetensors tensors) {
        this.layout = layout;
        this.tensors = tensors;
    }

    /** What Plimsoll's LoRA is not, and what does not fit the model, is refused by name. */
    public static AdapterFile open(Path dir, LlamaConfig config) {
        LoraSettings lora = PeftAdapter.settings(dir, config);
        Path weights = dir.resolve(PeftAdapter.WEIGHTS);
        if (!Files.exists(weights) && Files.exists(dir.resolve(PICKLED))) {
            throw new ModelException(dir + " holds " + PICKLED + " and no " + PeftAdapter.WEIGHTS
                    + "; load it with PEFT and save it with safe_serialization=True");
        }
        AdapterFile file =
                new AdapterFile(new AdapterLayout(config, lora), Safetensors.open(weights));
        try {
            file.check(dir);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
        return file;
    }

    private void check(Path dir) {
        for (String name : tensors.tensors().keySet()) {
            if (layout.slot(name) == null) {
                throw new ModelException(dir + " holds tensor " + name
                        + ", which its " + PeftAdapter.CONFIG
                        + " does not call for with this model; "
                        + "give the adapter's own base model, and an adapter without"
                        + " embeddings, biases and whole modules");
            }
        }
        for (AdapterLayout.Slot slot : layout.slots()) {
            TensorView view = tensors.tensor(slot.peftName());
            if (!Arrays.equals(view.shape(), new long[] {slot.rows(), slot.cols()})) {
                throw new ModelException(dir + ": " + view.describe() + " should be "
                        + slot.rows() + " × " + slot.cols()
                        + " for this model; give the adapter's own base model");
            }
        }
    }

    public AdapterLayout layout() {
        return layout;
    }

    /** Row-major, rounded to fp32 where the file has more. */
    public float[] matrix(AdapterLayout.Slot slot) {
        return tensors.tensor(slot.peftName()).toFloats();
    }

    @Override
    public void close() {
        tensors.close();
    }
}
