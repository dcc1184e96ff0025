package dev.plimsoll.model.peft;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.Safetensors;
import dev.plimsoll.model.hf.SafetensorsWriter;
import dev.plimsoll.model.hf.TensorData;
import dev.plimsoll.model.hf.TensorView;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * AdamW's moments beside an adapter, optimizer.safetensors: for each tensor of the adapter, one of
 * its shape in fp32, named first_moment.NAME, and one named second_moment.NAME.
 */
final class OptimizerFile {

    static final String NAME = "optimizer.safetensors";

    /** Adam's m and v. */
    enum Moment {
        FIRST("first_moment."),
        SECOND("second_moment.");

        private final String prefix;

        Moment(String prefix) {
            this.prefix = prefix;
        }
    }

    private OptimizerFile() {}

    static void write(Path dir, AdapterLayout layout, float[] first, float[] second)
            throws IOException {
        List<TensorData> tensors = new ArrayList<>(tensors(layout, Moment.FIRST, first));
        tensors.addAll(tensors(layout, Moment.SECOND, second));
        SafetensorsWriter.write(dir.resolve(NAME), tensors);
    }

    private static List<TensorData> tensors(AdapterLayout layout, Moment moment, float[] flat) {
        return layout.slots().stream()
                .map(slot -> TensorData.floats(
                        moment.prefix + slot.peftName(),
                        new long[] {slot.rows(), slot.cols()},
                        flat,
                        slot.offset()))
                .toList();
    }

    /** In the layout's order. */
    static float[] read(Path dir, AdapterLayout layout, Moment moment) {
        float[] flat = new float[layout.totalParameters()];
        try (Safetensors file = Safetensors.open(dir.resolve(NAME))) {
            for (AdapterLayout.Slot slot : layout.slots()) {
                TensorView view = file.tensor(moment.prefix + slot.peftName());
                if (!Arrays.equals(view.shape(), new long[] {slot.rows(), slot.cols()})) {
                    throw new ModelException(dir + ": " + view.describe() + " should be "
                            + slot.rows() + " × " + slot.cols() + "; export it again");
                }
                System.arraycopy(view.toFloats(), 0, flat, slot.offset(), slot.size());
            }
        }
        return flat;
    }
}
