package dev.plimsoll.cli.train;

import dev.plimsoll.cli.samples.Reading;

import java.util.List;
import java.util.SortedMap;

/**
 * What a directory is to train; written when the run begins.
 *
 * @param model the absolute path of the base model
 * @param data the files of samples, absolute where they are paths
 * @param evalData the same, of samples that are never trained
 * @param reading how both are read
 * @param settings of the run, by the coordinator's names
 * @param files those that data and evalData named when they were submitted, by their paths; none
 *     before that, and in a job of an earlier version
 * @param submitted how many samples were submitted, all of them, and the run was asked to finish;
 *     -1 before that
 */
record TrainJob(
        String model,
        List<String> data,
        List<String> evalData,
        Reading reading,
        SortedMap<String, String> settings,
        SortedMap<String, DataFile> files,
        long submitted) {

    TrainJob withFiles(SortedMap<String, DataFile> now) {
        return new TrainJob(model, data, evalData, reading, settings, now, submitted);
    }

    TrainJob withSubmitted(long samples) {
        return new TrainJob(model, data, evalData, reading, settings, files, samples);
    }

    boolean isSubmitted() {
        return submitted >= 0;
    }
}
