package dev.plimsoll.engine;

import java.util.Set;

/**
 * @param device auto, cpu or cuda; auto takes a GPU where there is one
 * @param precision auto, fp32, fp64, bf16, fp8 or nf4; auto is bf16 on a GPU and fp32 on a CPU; fp8
 *     and nf4 keep the layers' frozen matrices so, and compute as auto does
 * @param threads CPU threads for the maths; 0 leaves the choice to the library
 * @param simulatedCardBytes the size of a pretended card on CPU; 0 for none
 * @param optimizerOn auto, device or host: where an adapter's master copy and moments are kept, and
 *     folded; auto takes the device where there is room
 */
public record EngineOptions(
        String device, String precision, int threads, long simulatedCardBytes, String optimizerOn) {

    public static final String AUTO = "auto";
    public static final String DEVICE = "device";
    public static final String HOST = "host";

    private static final Set<String> DEVICES = Set.of("auto", "cpu", "cuda");
    private static final Set<String> PRECISIONS =
            Set.of("auto", "fp32", "fp64", "bf16", "fp8", "nf4");
    private static final Set<String> OPTIMIZER_PLACES = Set.of(AUTO, DEVICE, HOST);

    public EngineOptions {
        if (!DEVICES.contains(device)) {
            throw new IllegalArgumentException(
                    "device is '" + device + "'; choose auto, cpu or cuda");
        }
        if (!PRECISIONS.contains(precision)) {
            throw new IllegalArgumentException(
                    "precision is '" + precision + "'; choose auto, fp32, fp64, bf16, fp8 or nf4");
        }
        if (!OPTIMIZER_PLACES.contains(optimizerOn)) {
            throw new IllegalArgumentException(
                    "optimizerOn is '" + optimizerOn + "'; choose auto, device or host");
        }
        if (threads < 0 || simulatedCardBytes < 0) {
            throw new IllegalArgumentException(
                    "threads is " + threads + " and simulatedCardBytes is " + simulatedCardBytes
                            + "; neither may be negative");
        }
    }

    /** With the optimizer where there is room. */
    public EngineOptions(String device, String precision, int threads, long simulatedCardBytes) {
        this(device, precision, threads, simulatedCardBytes, AUTO);
    }

    /** A CPU engine in fp32 without a simulated card. */
    public static EngineOptions cpu(int threads) {
        return new EngineOptions("cpu", "fp32", threads, 0);
    }
}
