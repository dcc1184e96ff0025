package dev.plimsoll.cli.train;

import static dev.plimsoll.wire.settings.WorkerCatalogue.DEVICE;
import static dev.plimsoll.wire.settings.WorkerCatalogue.LIBTORCH;
import static dev.plimsoll.wire.settings.WorkerCatalogue.SIMULATED_CARD_BYTES;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.EngineStart;
import dev.plimsoll.processes.libtorch.LibtorchChoice;
import dev.plimsoll.processes.libtorch.LibtorchSearch;
import dev.plimsoll.wire.settings.SettingValues;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The GPUs to train on, or why it is the CPU.
 *
 * @param names as CUDA_VISIBLE_DEVICES takes them; none on the CPU
 * @param cpuWanted whether somebody asked for the CPU
 * @param why it is the CPU, behind the words that say so; empty on GPUs
 */
record UsableGpus(List<String> names, boolean cpuWanted, String why) {

    UsableGpus {
        names = List.copyOf(names);
    }

    private static UsableGpus cpu(boolean wanted, String why) {
        return new UsableGpus(List.of(), wanted, why);
    }

    /** Refuses a simulated card where a real one is asked for. */
    static void requireSensible(SettingValues worker) {
        if (worker.get(DEVICE).equals("cuda") && worker.get(SIMULATED_CARD_BYTES) > 0) {
            throw CliFailure.usage("--device is cuda, and --simulated-card-bytes is "
                    + worker.get(SIMULATED_CARD_BYTES) + ", which pretends a card on the CPU; "
                    + "leave out one of them");
        }
    }

    /**
     * The settings with which a worker computes where this command says: beside a GPU it would take
     * that one though a card is simulated.
     *
     * @param properties as given, by the settings' names
     */
    static Map<String, String> ofWorker(Map<String, String> properties) {
        Map<String, String> all = new TreeMap<>(properties);
        String bytes = properties.get(SIMULATED_CARD_BYTES.name());
        if (bytes != null && SIMULATED_CARD_BYTES.parse(bytes) > 0) {
            all.put(DEVICE.name(), "cpu");
        }
        return all;
    }

    /** @param worker the settings of the workers */
    static UsableGpus find(SettingValues worker) {
        String device = worker.get(DEVICE);
        if (device.equals("cpu")) {
            return cpu(true, ": --device is cpu");
        }
        if (worker.get(SIMULATED_CARD_BYTES) > 0) {
            return cpu(true, ": its cards are simulated");
        }
        List<String> gpus = VisibleGpus.of(System.getenv());
        if (gpus.isEmpty()) {
            return cpu(false, ": there is no NVIDIA driver with a visible GPU");
        }
        LibtorchChoice libtorch =
                LibtorchSearch.here().find(EngineStart.named(worker.given(LIBTORCH)), device);
        return libtorch.hasCuda()
                ? new UsableGpus(gpus, false, "")
                : cpu(
                        false,
                        " though there is a GPU: what would be loaded is " + libtorch
                                + "; `plimsoll doctor` says what is missing");
    }

    /** Refuses cards that were named where the CPU would compute without anyone's wish. */
    void requireFor(List<Integer> devices) {
        if (!devices.isEmpty() && names.isEmpty() && !cpuWanted) {
            throw CliFailure.input("--devices names " + (devices.size() == 1 ? "card " : "cards ")
                    + WorkerCards.text(devices) + ", but training would be on the CPU" + why
                    + "; leave it out, or give --device cpu, which pretends the cards");
        }
    }
}
