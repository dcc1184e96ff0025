package dev.plimsoll.cli.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What all cases of one call have in common.
 *
 * @param device as the worker takes it
 * @param precision as the worker takes it
 * @param threads of each worker and engine on a CPU; 0 to share the cores
 * @param steps that are measured, after warmUp others
 * @param gpus a name for each GPU that workers may take; empty where they compute on the CPU
 */
record FleetOptions(
        Path model,
        String device,
        String precision,
        int threads,
        int loraRank,
        int shards,
        int sampleTokens,
        int steps,
        int warmUp,
        List<String> gpus) {

    FleetOptions {
        gpus = List.copyOf(gpus);
    }

    /** With one more at the end, so that each measured one is followed by another. */
    int allSteps() {
        return warmUp + steps + 1;
    }

    /** CPU threads of each of so many workers, and of each of as many engines. */
    int threadsOfEach(int workers) {
        return threads > 0
                ? threads
                : Math.max(1, Runtime.getRuntime().availableProcessors() / workers);
    }

    /**
     * The command of a process that sees one GPU only, each worker another one; the command itself
     * where there are none.
     *
     * @param number of the worker, from 1
     */
    List<String> onOwnGpu(int number, List<String> command) {
        if (gpus.isEmpty()) {
            return command;
        }
        List<String> own =
                new ArrayList<>(List.of("env", VisibleGpus.VARIABLE + "=" + gpus.get(number - 1)));
        own.addAll(command);
        return own;
    }
}
