package dev.plimsoll.engine.device;

import java.util.List;

/** What PyTorch says when it cannot use a card, with what a person can do. */
public final class CudaFailure {

    private record Remedy(String words, String advice) {}

    /** The first whose words occur counts. */
    private static final List<Remedy> REMEDIES = List.of(
            new Remedy(
                    "driver version is insufficient",
                    "update NVIDIA's driver, or install a torch for an older CUDA"),
            new Remedy(
                    "driver on your system is too old",
                    "update NVIDIA's driver, or install a torch for an older CUDA"),
            new Remedy(
                    "no kernel image",
                    "this torch was not built for the card's compute capability: install another"),
            new Remedy(
                    "busy or unavailable",
                    "another process holds the card for itself: end it, or choose another card by "
                            + "CUDA_VISIBLE_DEVICES"),
            new Remedy(
                    "out of memory",
                    "other processes fill the card: end one, or choose another card by "
                            + "CUDA_VISIBLE_DEVICES"),
            new Remedy(
                    "No CUDA GPUs are available",
                    "no card is to be seen: look at CUDA_VISIBLE_DEVICES and nvidia-smi"),
            new Remedy(
                    "no CUDA-capable device",
                    "no card is to be seen: look at CUDA_VISIBLE_DEVICES and nvidia-smi"),
            new Remedy("Found no NVIDIA driver", "install NVIDIA's driver"));

    private CudaFailure() {}

    /** One sentence without a full stop, from a text of many lines. */
    public static String sentence(String text) {
        String said = text.lines()
                .map(String::strip)
                .filter(line -> line.contains("rror:"))
                .findFirst()
                .orElseGet(() -> text.strip().lines().findFirst().orElse("it says nothing"));
        return REMEDIES.stream()
                .filter(remedy -> text.contains(remedy.words()))
                .findFirst()
                .map(remedy -> said + "; " + remedy.advice())
                .orElse(said);
    }
}
