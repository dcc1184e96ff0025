package dev.plimsoll.cli.doctor;

import dev.plimsoll.cli.doctor.DoctorReport.Trial;
import dev.plimsoll.model.machine.EngineTrial;
import dev.plimsoll.model.machine.MachineCards.Card;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Says what is missing, and what brings it: one line each, the most important first. */
final class DoctorAdvice {

    private static final String INSTALL_TORCH = "python3 -m venv ~/plimsoll-torch && "
            + ". ~/plimsoll-torch/bin/activate && pip install torch";
    private static final double GIB = 1L << 30;

    /** libtorch of the build takes half of it. */
    private static final long LITTLE_DISK = 1L << 30;

    private DoctorAdvice() {}

    static List<String> of(DoctorReport report) {
        List<String> lines = new ArrayList<>();
        if (!report.libtorch().problem().isEmpty()) {
            lines.add(report.libtorch().problem());
        }
        List<Card> cards = report.machine().cards();
        if (cards.isEmpty()) {
            lines.add("no GPU: "
                    + (report.machine().problem().isEmpty()
                            ? "the driver shows no card; look at `nvidia-smi`"
                            : report.machine().problem()
                                    + "; where there is an NVIDIA card, install its "
                                    + "driver and look at `nvidia-smi`"));
        } else if (report.libtorch().problem().isEmpty() && !report.libtorch().cuda()) {
            lines.add("no libtorch with CUDA: " + INSTALL_TORCH);
        }
        cards.stream().filter(DoctorAdvice::crowded).forEach(card -> lines.add(crowd(card)));
        for (Trial trial : report.trials()) {
            if (!trial.problem().isEmpty()) {
                lines.add(trial.device() + ": " + trial.problem());
            }
            trial.result().ifPresent(result -> slow(trial.device(), result, lines));
        }
        if (report.host().diskFreeBytes() < LITTLE_DISK) {
            lines.add(String.format(
                    Locale.ROOT,
                    "only %.1f GiB of disk are free in %s: set DJL_CACHE_DIR to another directory",
                    report.host().diskFreeBytes() / GIB,
                    report.host().cache()));
        }
        if (!report.broker().problem().isEmpty()) {
            lines.add(report.broker().problem());
        }
        return lines;
    }

    private static void slow(String device, EngineTrial trial, List<String> lines) {
        if (trial.device().equals("cuda") && !trial.fusedKernels()) {
            lines.add(device + " trains without fused kernels, slower: the warnings above say why; "
                    + "`pip install nvidia-cuda-nvrtc` brings the compiler, --nvrtc FILE names it");
        }
    }

    /** Others hold more than half of it. */
    private static boolean crowded(Card card) {
        return card.freeBytes() < card.totalBytes() / 2;
    }

    private static String crowd(Card card) {
        String who = card.users().stream()
                .map(user -> "process " + user.pid()
                        + (user.program().isEmpty() ? "" : " (" + user.program() + ")"))
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "card %d has %.1f of %.1f GiB free, the rest is held by %s: end that, or choose "
                        + "another card by CUDA_VISIBLE_DEVICES",
                card.number(),
                card.freeBytes() / GIB,
                card.totalBytes() / GIB,
                who.isEmpty() ? "processes that the driver does not name" : who);
    }
}
