package dev.plimsoll.engine;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * @param device auto, cpu or cuda; auto takes a GPU where there is one
 * @param precision auto, fp32, fp64, bf16, fp8 or nf4; auto is bf16 on a GPU and fp32 on a CPU; fp8
 *     and nf4 keep the layers' frozen matrices so, and compute as auto does
 * @param threads CPU threads for the maths; 0 leaves the choice to the library
 * @param simulatedCardBytes the size of a pretended card on CPU; 0 for none
 * @param optimizerOn auto, device or host: where an adapter's master copy and moments are kept, and
 *     folded; auto takes the device where there is room
 * @param devices the cards that share the model, by their numbers, in the order of its layers;
 *     empty: card 0 alone. On a CPU each of them is a pretended card
 */
public record EngineOptions(
        String device,
        String precision,
        int threads,
        long simulatedCardBytes,
        String optimizerOn,
        List<Integer> devices) {

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
        devices = List.copyOf(devices);
        requireCards(devices);
    }

    private static void requireCards(List<Integer> devices) {
        Set<Integer> seen = new HashSet<>();
        for (int card : devices) {
            if (card < 0) {
                throw new IllegalArgumentException(
                        "devices names card " + card + "; cards are counted from 0");
            }
            if (!seen.add(card)) {
                throw new IllegalArgumentException("devices names card " + card
                        + " twice; each card has one part of the model: name it once");
            }
        }
    }

    /** On one card. */
    public EngineOptions(
            String device,
            String precision,
            int threads,
            long simulatedCardBytes,
            String optimizerOn) {
        this(device, precision, threads, simulatedCardBytes, optimizerOn, List.of());
    }

    /** The same on these cards. */
    public EngineOptions on(List<Integer> cards) {
        return new EngineOptions(
                device, precision, threads, simulatedCardBytes, optimizerOn, cards);
    }

    /** The numbers of cards in a text such as 0,1; none in an empty one. */
    public static List<Integer> cards(String text) {
        if (text.isBlank()) {
            return List.of();
        }
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .map(number -> {
                    if (!number.matches("[0-9]{1,4}")) {
                        throw new IllegalArgumentException("devices is '" + text
                                + "'; give the numbers of cards, such as 0,1");
                    }
                    return Integer.valueOf(number);
                })
                .toList();
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
