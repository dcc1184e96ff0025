package dev.plimsoll.cli.demo;

import dev.plimsoll.wire.settings.FleetCatalogue;
import dev.plimsoll.wire.settings.SettingValues;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The simulated cards of a demo without a GPU: of different sizes, and for some steps somebody else
 * takes a part of the first worker's last one. The workers then train as much as fits.
 */
final class DemoCards {

    private static final long MIB = 1 << 20;
    private static final long[] CARDS_MIB = {64, 40};
    private static final long INVADER_MIB = 28;

    /** Without more steps, nobody would see it come and go. */
    private static final long LEAST_STEPS = 12;

    private final Path file;
    /** The cards of each worker, by their numbers; none where each has one. */
    private final List<Integer> devices;

    private final boolean cards;
    private final long comesAfter;
    private final long goesAfter;
    private boolean there;

    private DemoCards(
            Path file, List<Integer> devices, boolean cards, long comesAfter, long goesAfter) {
        this.file = file;
        this.devices = devices;
        this.cards = cards;
        this.comesAfter = comesAfter;
        this.goesAfter = goesAfter;
    }

    /**
     * None where there is a GPU, or where settings of memory are given, or for another model or
     * other data: they may need larger cards.
     */
    static DemoCards of(DemoCommand options, Path directory, long steps) {
        SettingValues worker = options.worker.values();
        boolean cpu = worker.get(WorkerCatalogue.DEVICE).equals("cpu")
                || !Files.exists(Path.of("/dev/nvidiactl"));
        boolean ours = !options.run.modelGiven() && options.data == null;
        boolean given = worker.given(WorkerCatalogue.SIMULATED_CARD_BYTES).isPresent()
                || worker.given(WorkerCatalogue.SIMULATED_OTHERS_FILE).isPresent()
                || worker.given(WorkerCatalogue.PRECISION).isPresent()
                || options.run
                        .values()
                        .given(FleetCatalogue.MAX_MICROBATCH_TOKENS)
                        .isPresent();
        boolean cards = cpu && ours && !given;
        boolean invaded = cards && options.kill == null && steps >= LEAST_STEPS;
        return new DemoCards(
                directory.resolve("simulated-others"),
                worker.given(WorkerCatalogue.DEVICES)
                        .filter(devices -> devices.size() > 1)
                        .orElse(List.of()),
                cards,
                invaded ? steps * 2 / 5 : Long.MAX_VALUE,
                invaded ? steps * 7 / 10 : Long.MAX_VALUE);
    }

    /** @param worker counted from 0 */
    void addTo(Map<String, String> properties, int worker) {
        if (cards) {
            properties.put(WorkerCatalogue.DEVICE.name(), "cpu");
            properties.put(
                    WorkerCatalogue.SIMULATED_CARD_BYTES.name(), Long.toString(bytes(worker)));
            if (worker == 0) {
                properties.put(
                        WorkerCatalogue.SIMULATED_OTHERS_FILE.name(),
                        file.toAbsolutePath().toString());
            }
        }
    }

    private static long bytes(int worker) {
        return CARDS_MIB[worker % CARDS_MIB.length] * MIB;
    }

    /** What to tell of the cards; empty without any. */
    Optional<String> told(int workers) {
        if (!cards) {
            return Optional.empty();
        }
        StringBuilder text = new StringBuilder("simulated cards:");
        for (int i = 0; i < workers; i++) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s worker-%d %s%d MiB",
                    i == 0 ? "" : ",",
                    i + 1,
                    devices.isEmpty() ? "" : devices.size() + " of ",
                    bytes(i) / MIB));
        }
        return Optional.of(text.toString());
    }

    /** Lets the other one come or go, when so many steps are done; returns what to tell of it. */
    Optional<String> follow(int steps) throws IOException {
        boolean wanted = steps >= comesAfter && steps < goesAfter;
        if (wanted == there) {
            return Optional.empty();
        }
        there = wanted;
        Files.writeString(invaded(), Long.toString(there ? INVADER_MIB * MIB : 0));
        return Optional.of(
                there
                        ? "after " + steps + " steps: somebody else takes " + INVADER_MIB
                                + " MiB of worker-1's card"
                                + (devices.isEmpty() ? "" : " " + (devices.size() - 1))
                        : "after " + steps + " steps: they give it back");
    }

    /** Of several cards each has a file of its own, by its number. */
    private Path invaded() {
        return devices.isEmpty()
                ? file
                : file.resolveSibling(file.getFileName() + "." + devices.getLast());
    }
}
