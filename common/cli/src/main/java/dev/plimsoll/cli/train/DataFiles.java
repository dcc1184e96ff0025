package dev.plimsoll.cli.train;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.samples.FileSubmit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of a run's samples. What was submitted is trained, so files that are others by now are
 * refused: nobody would see that they are not what the run trains.
 */
final class DataFiles {

    private DataFiles() {}

    /** All that there are now, by their paths. Reads them as a whole. */
    static SortedMap<String, DataFile> now(TrainJob job) {
        SortedMap<String, DataFile> files = new TreeMap<>();
        Stream.concat(
                        FileSubmit.present(job.data()).stream(),
                        FileSubmit.present(job.evalData()).stream())
                .map(Path::toString)
                .forEach(path -> files.computeIfAbsent(path, _ -> DataFile.of(Path.of(path))));
        return files;
    }

    /**
     * Throws for a file that has changed or was added. Nothing is known of a job that was begun
     * before this was looked at.
     *
     * @param root the run's directory
     * @return the files that are gone, which all were submitted
     */
    static List<String> requireSame(TrainJob job, Path root) {
        if (job.files().isEmpty()) {
            return List.of();
        }
        String run = " since samples were first submitted to the run in " + root;
        SortedMap<String, DataFile> now = now(job);
        List<String> gone = new ArrayList<>(job.files().keySet());
        gone.removeAll(now.keySet());
        if (!gone.isEmpty() && !job.isSubmitted()) {
            throw CliFailure.input("'" + gone.getFirst() + "' is gone" + run
                    + "; put it back, or give another --dir");
        }
        now.forEach((path, file) -> {
            DataFile before = job.files().get(path);
            if (before == null) {
                throw CliFailure.input("'" + path + "' has come to the data" + run
                        + "; take it away, or give another --dir");
            }
            if (!before.equals(file)) {
                throw CliFailure.input("'" + path + "' has changed since it was submitted to the"
                        + " run in " + root + "; put it back, or give another --dir");
            }
        });
        return gone;
    }
}
