package dev.plimsoll.model.peft;

import dev.plimsoll.model.files.OwnDirectory;
import dev.plimsoll.model.hf.AdapterLayout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * An adapter with all that its training needs to go on in another run: a directory that PEFT reads
 * as an adapter and {@link StartingPoint} as a whole.
 *
 * @param layout the order of the values of the three vectors
 * @param trainedSamples the ids of the samples that were trained in the epoch under way, in the
 *     order of training
 */
public record TrainingState(
        AdapterLayout layout,
        float[] parameters,
        float[] firstMoment,
        float[] secondMoment,
        TrainingProgress progress,
        List<String> trainedSamples) {

    private static final String SAMPLES = "trained_samples.txt";

    public TrainingState {
        for (float[] values : List.of(parameters, firstMoment, secondMoment)) {
            PeftAdapter.requireLength(layout, values);
        }
        trainedSamples = List.copyOf(trainedSamples);
    }

    /** The directory that an export with the optimizer's state writes, and may replace. */
    public static OwnDirectory directory(Path dir) {
        Set<String> state = Set.of(OptimizerFile.NAME, TrainingProgress.NAME, SAMPLES);
        Set<String> unnamed = new HashSet<>(state);
        unnamed.addAll(Set.of(PeftAdapter.CONFIG, PeftAdapter.WEIGHTS));
        return new OwnDirectory(
                dir,
                "adapter with its training state",
                name -> state.contains(name) || PeftAdapter.isOwnName(name),
                unnamed,
                _ -> false);
    }

    /** Writes it atomically, where {@link #directory} allows it, and nothing beside it. */
    public void write(Path dir) {
        write(dir, progress.run().model().name(), _ -> {});
    }

    /** The same, with what {@link PeftAdapter} may have beside it. */
    public void write(Path dir, String baseModelName, OwnDirectory.Content beside) {
        try {
            directory(dir).write(directory -> {
                PeftAdapter.writeFiles(directory, layout, layout.lora(), baseModelName, parameters);
                OptimizerFile.write(directory, layout, firstMoment, secondMoment);
                progress.write(directory);
                Files.write(directory.resolve(SAMPLES), trainedSamples);
                beside.writeTo(directory);
            });
        } catch (IOException e) {
            throw new UncheckedIOException("the training state could not be written to " + dir, e);
        }
    }
}
