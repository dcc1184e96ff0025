package dev.plimsoll.cli.bench;

import dev.plimsoll.cli.Programs;
import dev.plimsoll.processes.ForegroundProcess;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Starts the engine's bench program in the gpu-worker's class path. That program checks the
 * options; here they are only described.
 */
@Command(
        name = "engine",
        mixinStandardHelpOptions = true,
        customSynopsis = "plimsoll bench engine [OPTION VALUE]... CASE...",
        description = {
            "Measures one forward and backward pass of the engine: tokens per "
                    + "second, TFLOP per second, the exact peak of memory, and where "
                    + "the time goes.",
            "",
            "A CASE is SEQUENCESxLENGTH, or packed:TOKENS to pack the "
                    + "sequences of --data. After it any of these may follow: "
                    + "/recompute=N|all /tile=N /chunk=N /offload=N|all /groups=N "
                    + "/pipeline=TOKENS /keep=1 (recomputed layers keep attention's "
                    + "output). An example is 4x2048/recompute=all/tile=2048.",
            "",
            "  --shape NAME      The shape of a model with random weights: 70b, 8b, 1b,",
            "                    small or tiny. Default: tiny.",
            "  --model DIR       The model directory; it is made from the shape if it does",
            "                    not exist. Default: .plimsoll/bench/SHAPE.",
            "  --device NAME     The device: auto, cpu or cuda. Default: auto.",
            "  --devices LIST    The cards that share the model, such as 0,1. Default: one card.",
            "  --precision NAME  The precision, as `worker --precision` takes it.",
            "                    Default: auto.",
            "  --threads N       The number of threads on CPU. Default: all cores.",
            "  --rank N          The LoRA rank. Default: 16.",
            "  --targets LIST    The projections that have an adapter, such as q,k,v.",
            "                    Default: all seven.",
            "  --repeats N       The number of measured passes. Default: 5.",
            "  --warm-up N       The number of passes before them, which are not measured.",
            "                    Default: 6.",
            "  --json FILE       The report is written to this file too. An earlier report",
            "                    is replaced, any other file is left as it is.",
            "  --data FILE       Packed cases take their sequences from this file, whose",
            "                    lines are {\"tokens\": [...], \"trainOn\": [...]}.",
            ""
        })
final class EngineBenchCommand implements Callable<Integer> {

    @Option(
            names = "--libtorch",
            paramLabel = "DIR",
            description = "The libtorch in this directory is loaded, as `worker --libtorch` takes "
                    + "it. The default is found as for a worker.")
    Path libtorch;

    @Unmatched
    List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        return ForegroundProcess.run(Programs.engineBench(arguments, libtorch), Map.of());
    }
}
