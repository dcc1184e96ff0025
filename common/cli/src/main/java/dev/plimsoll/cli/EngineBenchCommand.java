package dev.plimsoll.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * The options belong to the program that it starts, which checks them; here they are only
 * described.
 */
@Command(
        name = "engine",
        mixinStandardHelpOptions = true,
        customSynopsis = "plimsoll bench engine [OPTION VALUE]... CASE...",
        description = {
            "Measures forward and backward of the engine: tokens/s, TFLOP/s, exact peak, time "
                    + "split.",
            "",
            "A CASE is SEQUENCESxLENGTH, or packed:TOKENS of the sequences in --data, then any of",
            "/recompute=N|all /tile=N /chunk=N /offload=N|all /groups=N: "
                    + "4x2048/recompute=all/tile=2048.",
            "",
            "  --shape NAME      8b, 1b, small or tiny: random weights. Default: tiny.",
            "  --model DIR       made from the shape if not there. Default: .plimsoll/bench/SHAPE.",
            "  --device NAME     auto, cpu or cuda. Default: auto.",
            "  --precision NAME  as the worker takes it. Default: auto.",
            "  --threads N       on CPU. Default: all cores.",
            "  --rank N          LoRA on all seven projections. Default: 16.",
            "  --repeats N       measured ones, after two that are not. Default: 5.",
            "  --json FILE       the report, beside the table.",
            "  --data FILE       lines of {\"tokens\": [...], \"trainOn\": [...]} for packed "
                    + "cases.",
            ""
        })
final class EngineBenchCommand implements Callable<Integer> {

    @Unmatched
    List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        return Foreground.run(Programs.engineBench(arguments), Map.of());
    }
}
