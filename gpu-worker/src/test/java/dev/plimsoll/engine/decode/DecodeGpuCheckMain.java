package dev.plimsoll.engine.decode;

import dev.plimsoll.engine.GoldenCase;
import dev.plimsoll.engine.decode.GoldenTexts.Kind;

import java.util.ArrayList;
import java.util.List;

/**
 * Decoding on a real GPU, without Maven or JUnit there: how many of the golden texts go on as in
 * Transformers on a CPU. In fp32 two near ties are let pass; in bf16 the figure is only told, since
 * products round otherwise there. Exit code 1 where more differ.
 *
 * <p>Argument: how many texts of each case, 10 by default. -Dplimsoll.golden names the golden
 * files, -Dplimsoll.device=cpu tries the program itself.
 */
public final class DecodeGpuCheckMain {

    private static final int NEAR_TIES = 2;
    private static final List<Kind> EXACT =
            List.of(new Kind("fp32", "base"), new Kind("fp32", "adapter"));
    private static final Kind ROUNDED = new Kind("bf16", "base");

    private DecodeGpuCheckMain() {}

    public static void main(String[] arguments) {
        String device = System.getProperty("plimsoll.device", "cuda");
        int most = arguments.length == 0 ? 10 : Integer.parseInt(arguments[0]);
        List<String> wrong = new ArrayList<>();
        int inFp32 = 0;
        for (GoldenCase golden : GoldenCase.all()) {
            GoldenTexts texts = GoldenTexts.of(golden);
            for (Kind kind : EXACT) {
                List<Integer> differing = texts.differing(kind, device, most);
                inFp32 += differing.size();
                if (!differing.isEmpty()) {
                    wrong.add(golden + " " + kind + " " + differing);
                }
            }
            int rounded = texts.differing(ROUNDED, device, most).size();
            System.out.println(golden + ": of " + most + " texts in bf16 " + rounded + " differ");
        }
        wrong.forEach(System.out::println);
        boolean passed = inFp32 <= NEAR_TIES;
        System.out.println("in fp32 " + inFp32 + " differ: " + (passed ? "passed" : "WRONG"));
        System.exit(passed ? 0 : 1);
    }
}
