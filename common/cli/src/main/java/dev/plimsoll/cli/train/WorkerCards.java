package dev.plimsoll.cli.train;

import dev.plimsoll.cli.CliFailure;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which cards each worker of a run on this machine gets.
 *
 * @param gpus that this process may use, as CUDA_VISIBLE_DEVICES names them; none on a CPU
 * @param workers the cards of each worker, by their places among the GPUs; of a worker on the CPU
 *     one, or those that it pretends
 * @param named whether they were named by {@code --devices}
 */
record WorkerCards(List<String> gpus, List<List<Integer>> workers, boolean named) {

    WorkerCards {
        gpus = List.copyOf(gpus);
        workers = workers.stream().map(List::copyOf).toList();
    }

    /** Refuses options that contradict each other, before anything is looked at. */
    static void requireSensible(Integer count, Optional<List<Integer>> devices) {
        if (count != null && (count < 1 || count > 63)) {
            throw CliFailure.usage("--workers is " + count + "; give 1 to 63");
        }
        if (devices.isPresent() && count != null && count > 1) {
            throw CliFailure.usage("--devices " + text(devices.get())
                    + " names the cards of one worker, and --workers is " + count
                    + "; leave out --workers, or leave out --devices for a card for each worker "
                    + "(" + VisibleGpus.VARIABLE + " says which cards)");
        }
    }

    /**
     * One worker over the cards that are named; or one worker for each GPU, or as many as were
     * asked for, which share the GPUs.
     *
     * @param count null if none was given
     * @param devices empty if none were named
     * @param gpus none on a CPU, where the cards that are named are pretended
     */
    static WorkerCards of(Integer count, Optional<List<Integer>> devices, List<String> gpus) {
        requireSensible(count, devices);
        if (devices.isPresent()) {
            devices.get().stream()
                    .filter(card -> !gpus.isEmpty() && card >= gpus.size())
                    .findFirst()
                    .ifPresent(card -> {
                        throw missing(card, gpus.size());
                    });
            return new WorkerCards(gpus, List.of(devices.get()), true);
        }
        int workers = count != null ? count : Math.max(1, gpus.size());
        return new WorkerCards(
                gpus,
                IntStream.range(0, workers)
                        .mapToObj(worker -> List.of(gpus.isEmpty() ? 0 : worker % gpus.size()))
                        .toList(),
                false);
    }

    private static RuntimeException missing(int card, int gpus) {
        return CliFailure.input("--devices names card " + card + ", and this process sees " + gpus
                + (gpus == 1 ? " card, 0" : " cards, 0 to " + (gpus - 1))
                + ": name others, or let " + VisibleGpus.VARIABLE + " show more");
    }

    /** CUDA_VISIBLE_DEVICES of a worker; empty where it is that of this process. */
    Optional<String> visible(int worker) {
        return gpus.isEmpty() || named
                ? Optional.empty()
                : Optional.of(gpus.get(workers.get(worker).getFirst()));
    }

    /** On the cards that are named, or on all GPUs. */
    String told() {
        if (named) {
            return (workers.getFirst().size() == 1 ? "card " : "one model over the cards ")
                    + text(workers.getFirst());
        }
        return gpus.size() + " GPU" + (gpus.size() == 1 ? "" : "s");
    }

    /** As {@code --devices} takes it. */
    static String text(List<Integer> cards) {
        return cards.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
