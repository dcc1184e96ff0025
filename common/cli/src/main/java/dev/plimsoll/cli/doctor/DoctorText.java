package dev.plimsoll.cli.doctor;

import dev.plimsoll.cli.doctor.DoctorReport.Host;
import dev.plimsoll.cli.doctor.DoctorReport.Trial;
import dev.plimsoll.model.machine.EngineTrial;
import dev.plimsoll.model.machine.MachineCards;
import dev.plimsoll.model.machine.MachineCards.Card;
import dev.plimsoll.model.machine.MachineCards.User;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report for a person: a line for each thing. */
final class DoctorText {

    private static final double GIB = 1L << 30;

    private final List<String> lines = new ArrayList<>();

    private DoctorText() {}

    static List<String> of(DoctorReport report) {
        DoctorText text = new DoctorText();
        text.host(report.host());
        text.machine(report.machine());
        text.libtorch(report);
        report.trials().forEach(text::trial);
        if (report.broker().given()) {
            text.line(
                    "broker",
                    report.broker().problem().isEmpty() ? "it answers" : "it does not answer");
        }
        text.line(
                "result",
                report.trainsOn().isEmpty()
                        ? "nothing here can train"
                        : "this machine can train on " + String.join(", ", report.trainsOn()));
        List<String> missing = report.missing();
        if (!missing.isEmpty()) {
            text.lines.add("");
            text.lines.add("missing:");
            missing.forEach(one -> text.lines.add("  " + one));
        }
        return text.lines;
    }

    private void line(String name, String value) {
        lines.add(String.format(Locale.ROOT, "%-10s%s", name, value));
    }

    private void more(String value) {
        line("", value);
    }

    private void host(Host host) {
        line("JDK", host.jdk() + " in " + host.jdkHome());
        line(
                "host",
                String.format(
                        Locale.ROOT,
                        "%d cores, %.1f GiB of memory of which %.1f are available, %.1f GiB of "
                                + "disk free in %s",
                        host.cores(),
                        host.memoryBytes() / GIB,
                        host.availableBytes() / GIB,
                        host.diskFreeBytes() / GIB,
                        host.cache()));
    }

    private void machine(MachineCards machine) {
        line(
                "driver",
                machine.driver().isEmpty()
                        ? "none: " + machine.problem()
                        : machine.driver() + ", for CUDA up to " + machine.cuda());
        for (Card card : machine.cards()) {
            line(
                    "card " + card.number(),
                    String.format(
                            Locale.ROOT,
                            "%s, compute capability %s, %.1f GiB of which %.1f are free",
                            card.name(),
                            card.capability(),
                            card.totalBytes() / GIB,
                            card.freeBytes() / GIB));
            for (User user : card.users()) {
                more("process " + user.pid()
                        + (user.program().isEmpty() ? "" : " (" + user.program() + ")")
                        + (user.bytes() == 0
                                ? " is on it"
                                : String.format(
                                        Locale.ROOT, " holds %.1f GiB", user.bytes() / GIB)));
            }
        }
    }

    private void libtorch(DoctorReport report) {
        line(
                "libtorch",
                report.libtorch().problem().isEmpty()
                        ? report.libtorch().text()
                        : "none that can be used");
        report.libtorch().notes().forEach(this::more);
    }

    private void trial(Trial trial) {
        if (trial.result().isEmpty()) {
            line("trial", trial.device() + " fails");
            return;
        }
        EngineTrial result = trial.result().get();
        boolean gpu = result.device().equals("cuda");
        line(
                "trial",
                String.format(
                        Locale.ROOT,
                        "%s trains in %s: attention %s%s; one micro-batch with loss %.2f",
                        trial.device(),
                        result.precision(),
                        result.attention(),
                        gpu ? kernels(result) : "",
                        result.lossPerToken()));
        result.warnings().forEach(warning -> more("warning: " + warning));
    }

    private static String kernels(EngineTrial result) {
        return (result.fusedKernels() ? ", fused kernels compiled by NVRTC" : ", no fused kernels")
                + (result.fp8() ? ", fp8 products" : ", no fp8 products");
    }
}
