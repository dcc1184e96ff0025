package dev.plimsoll.cli.bench;

import dev.plimsoll.cli.Programs;
import dev.plimsoll.processes.ForegroundProcess;

import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Starts the bench of decoding in the gpu-worker's class path. That program checks the options;
 * here they are only described.
 */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        customSynopsis = "plimsoll bench generate [OPTION VALUE]...",
        description = {
            "Measures how fast one text is continued, greedily: the time of the prompt, tokens per "
                    + "second behind it, and the peak of memory. gpu-worker/src/bench/"
                    + "generate_peer.py measures Transformers the same way.",
            "",
            "  --shape NAME        The shape of a model with random weights: 8b, 1b, small or",
            "                      tiny. Default: tiny.",
            "  --model DIR         The model directory; it is made from the shape if it does",
            "                      not exist. Default: .plimsoll/bench/SHAPE.",
            "  --device NAME       The device: auto, cpu or cuda. Default: auto.",
            "  --precision NAME    The precision, as `worker --precision` takes it.",
            "                      Default: auto.",
            "  --threads N         The number of threads on CPU. Default: all cores.",
            "  --rank N            The LoRA rank, on all seven projections; 0 for no adapter.",
            "                      Default: 0.",
            "  --prompt-tokens N   The length of the prompt. Default: 512.",
            "  --new-tokens N      So many tokens follow. Default: 128.",
            "  --repeats N         The number of measured texts, after one that is not",
            "                      measured. Default: 3.",
            "  --json FILE         The figures are written to this file too. An earlier report",
            "                      is replaced, any other file is left as it is.",
            ""
        })
final class GenerateBenchCommand implements Callable<Integer> {

    @Unmatched
    List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        return ForegroundProcess.run(Programs.generateBench(arguments), Map.of());
    }
}
