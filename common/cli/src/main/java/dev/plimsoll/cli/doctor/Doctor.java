package dev.plimsoll.cli.doctor;

import dev.plimsoll.cli.EngineStart;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.doctor.DoctorReport.Broker;
import dev.plimsoll.cli.doctor.DoctorReport.Host;
import dev.plimsoll.cli.doctor.DoctorReport.TorchFound;
import dev.plimsoll.cli.doctor.DoctorReport.Trial;
import dev.plimsoll.model.machine.EngineTrial;
import dev.plimsoll.model.machine.MachineCards;
import dev.plimsoll.model.machine.MachineCards.Card;
import dev.plimsoll.processes.libtorch.LibtorchChoice;
import dev.plimsoll.processes.libtorch.LibtorchSearch;
import dev.plimsoll.wire.settings.SettingProblem;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Looks at the machine, and lets the engine try its devices. */
final class Doctor {

    private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";
    private static final EngineStart NO_LIBTORCH =
            EngineStart.of(new LibtorchChoice(Optional.empty(), List.of()));

    private final LibtorchSearch search = LibtorchSearch.here();
    private final Optional<Path> told;

    /** @param told the setting libtorch */
    Doctor(Optional<Path> told) {
        this.told = EngineStart.named(told);
    }

    DoctorReport examine(Broker broker) throws IOException, InterruptedException {
        Probe.Answer<MachineCards> asked = Probe.ask(NO_LIBTORCH, MachineCards.class, "cards");
        MachineCards machine = asked.value().orElseGet(() -> MachineCards.none(asked.problem()));
        try {
            LibtorchChoice choice = search.find(told, machine.cards().isEmpty() ? "auto" : "cuda");
            TorchFound found = new TorchFound(
                    choice.own().map(Object::toString).orElse("the build's own, for CPUs only"),
                    choice.hasCuda(),
                    choice.notes(),
                    "");
            return new DoctorReport(host(), machine, found, trials(choice, machine), broker);
        } catch (SettingProblem e) {
            TorchFound none = new TorchFound("", false, List.of(), e.getMessage());
            return new DoctorReport(host(), machine, none, List.of(), broker);
        }
    }

    /** Each card that may be used; the CPU where none of them trains. */
    private List<Trial> trials(LibtorchChoice choice, MachineCards machine)
            throws IOException, InterruptedException {
        List<Trial> trials = new ArrayList<>();
        if (choice.hasCuda()) {
            EngineStart start = EngineStart.of(choice);
            for (Card card : visible(machine.cards(), System.getenv(VISIBLE))) {
                trials.add(trial("card " + card.number(), start.with(VISIBLE, card.id()), "cuda"));
            }
        }
        if (trials.stream().allMatch(trial -> trial.result().isEmpty())) {
            trials.add(trial("cpu", EngineStart.of(search.find(told, "cpu")), "cpu"));
        }
        return trials;
    }

    private static Trial trial(String name, EngineStart start, String device)
            throws IOException, InterruptedException {
        Probe.Answer<EngineTrial> answer = Probe.ask(
                start, EngineTrial.class, "trial", Installation.builtInModel().toString(), device);
        return new Trial(name, answer.value(), answer.problem());
    }

    /** Those that CUDA_VISIBLE_DEVICES names by number or id; all if it is not set. */
    static List<Card> visible(List<Card> cards, String named) {
        if (named == null) {
            return cards;
        }
        List<String> names = Arrays.stream(named.split(",")).map(String::strip).toList();
        return cards.stream()
                .filter(card -> names.contains(Integer.toString(card.number()))
                        || names.stream()
                                .anyMatch(name -> name.length() > 4 && card.id().startsWith(name)))
                .toList();
    }

    private static Host host() throws IOException {
        Path cache = Optional.ofNullable(System.getenv("DJL_CACHE_DIR"))
                .filter(given -> !given.isBlank())
                .map(Path::of)
                .orElse(Path.of(System.getProperty("user.home"), ".djl.ai"))
                .toAbsolutePath();
        Path there = cache;
        while (!Files.exists(there)) {
            there = there.getParent();
        }
        return new Host(
                Runtime.version().toString(),
                System.getProperty("java.home"),
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean()
                                instanceof com.sun.management.OperatingSystemMXBean system
                        ? system.getTotalMemorySize()
                        : 0,
                availableBytes(),
                cache.toString(),
                Files.getFileStore(there).getUsableSpace());
    }

    /** What can be had without swapping, by the kernel's estimate. */
    private static long availableBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElse(0);
    }
}
