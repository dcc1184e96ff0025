package dev.plimsoll.model.merge;

import dev.plimsoll.model.files.OwnDirectory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.CompanionFiles;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.SafetensorsWriter;
import dev.plimsoll.model.hf.TensorData;
import dev.plimsoll.model.hf.TensorView;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.wire.run.Projection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes a model whose weights are those of a base and an adapter together, in the base's types and
 * files. It passes tensor after tensor, so that a large model needs little memory.
 */
public final class ModelMerge {

    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors";

    private final Path base;
    private final AdapterLayout layout;
    private final Function<AdapterLayout.Slot, float[]> matrices;
    private final Map<String, AdapterLayout.Slot> changed = new HashMap<>();
    private Survival survival = Survival.NOTHING;

    /**
     * @param layout of an adapter for that base
     * @param matrices reads A or B of the adapter, row-major
     */
    public ModelMerge(
            Path base, AdapterLayout layout, Function<AdapterLayout.Slot, float[]> matrices) {
        this.base = base;
        this.layout = layout;
        this.matrices = matrices;
        layout.slots().stream()
                .filter(AdapterLayout.Slot::isA)
                .forEach(slot -> changed.put(weightName(slot), slot));
    }

    /**
     * What was written.
     *
     * @param files of weights
     * @param tensors in them
     * @param changed how many of these the adapter changes
     * @param dtypes of those
     */
    public record Merged(
            int files, int tensors, int changed, Set<String> dtypes, Survival survival) {}

    /** The directory of a merged model. One that was written before is replaced. */
    public static OwnDirectory directory(Path out) {
        return new OwnDirectory(
                out,
                "merged model",
                name -> name.equals(CONFIG)
                        || name.equals(WeightFiles.INDEX)
                        || CompanionFiles.ALL.contains(name)
                        || name.matches(WEIGHTS),
                Set.of(),
                _ -> false);
    }

    /** Writes it; the directory is there completely or not at all. */
    public Merged write(Path out) {
        OwnDirectory directory = directory(out);
        directory.requireReplaceable();
        requireOther(out);
        try (WeightFiles weights = WeightFiles.open(base)) {
            requireWeights(weights);
            requireSpace(directory.path(), weights);
            directory.write(place -> {
                for (Map.Entry<String, List<TensorView>> file : weights.byFile().entrySet()) {
                    SafetensorsWriter.write(place.resolve(file.getKey()), tensors(file.getValue()));
                }
                Files.copy(base.resolve(CONFIG), place.resolve(CONFIG));
                if (!weights.byFile().containsKey(WeightFiles.SINGLE)) {
                    // the same tensors of the same sizes lie in the same files
                    Files.copy(base.resolve(WeightFiles.INDEX), place.resolve(WeightFiles.INDEX));
                }
                CompanionFiles.copy(CompanionFiles.ALL, base, place);
            });
            return new Merged(
                    weights.byFile().size(),
                    weights.tensors().size(),
                    changed.size(),
                    changed.keySet().stream()
                            .map(name -> weights.tensors().get(name).dtype())
                            .map(Dtype::torchName)
                            .collect(Collectors.toCollection(TreeSet::new)),
                    survival);
        } catch (IOException e) {
            throw new UncheckedIOException("the merged model could not be written to " + out, e);
        }
    }

    private List<TensorData> tensors(List<TensorView> file) {
        List<TensorData> tensors = new ArrayList<>();
        for (TensorView view : file) {
            AdapterLayout.Slot slot = changed.get(view.name());
            tensors.add(new TensorData(
                    view.name(),
                    view.dtype(),
                    view.shape(),
                    slot == null
                            ? out -> MergedTensor.copy(view, out)
                            : out -> survival =
                                    survival.plus(MergedTensor.merge(view, change(slot), out))));
        }
        return tensors;
    }

    private LowRankChange change(AdapterLayout.Slot slot) {
        AdapterLayout.Slot other =
                layout.slot(AdapterLayout.peftName(slot.layer(), slot.projection(), false));
        return new LowRankChange(
                matrices.apply(slot), matrices.apply(other), slot.rows(), slot.cols(), (float)
                        layout.lora().loraScaling());
    }

    private static String weightName(AdapterLayout.Slot slot) {
        Projection projection = slot.projection();
        return "model.layers." + slot.layer() + "." + projection.block() + "."
                + projection.moduleName() + ".weight";
    }

    private void requireWeights(WeightFiles weights) {
        LlamaConfig config = layout.config();
        changed.forEach((name, slot) -> weights.tensor(
                name, config.outFeatures(slot.projection()), config.inFeatures(slot.projection())));
    }

    /** A base that an earlier merge wrote would be replaced by what is read from it. */
    private void requireOther(Path out) {
        try {
            if (Files.exists(out) && Files.isSameFile(out, base)) {
                throw new ModelException(out
                        + " is the base model itself; give another directory for the merged one");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + out, e);
        }
    }

    private static void requireSpace(Path out, WeightFiles weights) throws IOException {
        long needed = weights.byFile().values().stream()
                .flatMap(Collection::stream)
                .mapToLong(tensor -> tensor.bytes().byteSize())
                .sum();
        Path there = out;
        while (!Files.exists(there)) {
            there = there.getParent();
        }
        long free = Files.getFileStore(there).getUsableSpace();
        if (free < needed) {
            throw new ModelException("the merged model needs " + (needed >> 20) + " MiB, and where "
                    + out + " is to lie, " + (free >> 20)
                    + " MiB are free; make room, or give another directory");
        }
    }
}
