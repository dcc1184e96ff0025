package dev.plimsoll.cli.generation;

import dev.plimsoll.wire.settings.WorkerCatalogue;

import picocli.CommandLine.Option;

import java.util.List;

/** Where the engine computes, and how. */
final class EngineChoice {

    @Option(
            names = "--device",
            paramLabel = "NAME",
            defaultValue = "auto",
            description = "The device: auto, cpu or cuda; auto takes a GPU where there is one. "
                    + "Default: ${DEFAULT-VALUE}.")
    String device;

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            defaultValue = "auto",
            description = "The precision: auto, fp32, fp64, bf16, or fp8 or nf4 for the frozen "
                    + "matrices; auto is bf16 on a GPU and fp32 on a CPU. Default: "
                    + "${DEFAULT-VALUE}.")
    String precision;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "The number of threads on CPU; 0 takes all cores. Default: "
                    + "${DEFAULT-VALUE}.")
    int threads;

    /** Throws {@link dev.plimsoll.wire.settings.SettingProblem} for what a worker takes neither. */
    void check() {
        WorkerCatalogue.DEVICE.require(device);
        WorkerCatalogue.PRECISION.require(precision);
        WorkerCatalogue.THREADS.require(threads);
    }

    List<String> arguments() {
        return List.of(
                "--device",
                device,
                "--precision",
                precision,
                "--threads",
                Integer.toString(
                        threads == 0 ? Runtime.getRuntime().availableProcessors() : threads));
    }
}
