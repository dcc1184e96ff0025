package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.settings.Setting.Default;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Settings of one worker process. Everything about the run it learns from Kafka. */
public final class WorkerCatalogue {

    /** A worker has no more cards. */
    public static final int MOST_CARDS = 64;

    public static final Setting<String> WORKER_ID = worker(
            "worker-id",
            ValueType.text("NAME", ClientCatalogue.NAME, ClientCatalogue.NAME_RANGE),
            new Default.Derived("the host's name and the process's number"),
            "Names this worker; where a live worker of the run has the same name, the later one "
                    + "takes the place of the earlier, which ends.");

    public static final Setting<String> DEVICE = worker(
            "device",
            ValueType.choice(List.of("auto", "cpu", "cuda")),
            new Default.Value("auto"),
            "Trains on this device; auto takes a GPU where there is one.");

    public static final Setting<List<Integer>> DEVICES = worker(
            "devices",
            ValueType.integersOnce(0, 1_023, MOST_CARDS),
            new Default.Derived("one card, the first that the process sees"),
            "Trains one model over these cards, such as 0,1, each with some of its layers.");

    public static final Setting<String> PRECISION = worker(
            "precision",
            ValueType.choice(List.of("auto", "fp32", "fp64", "bf16", "fp8", "nf4")),
            new Default.Value("auto"),
            "Computes in this precision; auto is bf16 on a GPU and fp32 on a CPU, and fp8 and nf4 "
                    + "keep the frozen weights so and compute as auto does.");

    public static final Setting<Integer> THREADS = worker(
            "threads",
            ValueType.integer(0, Integer.MAX_VALUE),
            new Default.Value("0"),
            "Computes with so many threads on a CPU; with 0 the library takes all cores.");

    public static final Setting<Long> DRAIN_SECONDS = worker(
            "drain-seconds",
            ValueType.wholeNumber(0, 86_400),
            new Default.Value("10"),
            "Lets a worker that is asked to stop take so many seconds to end its micro-batch and "
                    + "contribute; then others train its part again.");

    public static final Setting<Duration> WAIT_FOR_RUN = worker(
            "wait-for-run",
            ValueType.time(Duration.ZERO),
            new Default.Value("60s"),
            "Waits so long for a coordinator to create the run.");

    public static final Setting<Integer> HEALTH_PORT = worker(
            "health-port",
            ValueType.integer(0, 65_535),
            new Default.Value("0"),
            "Answers at this port, at all addresses of the machine, whether the worker lives "
                    + "(/health/live) and takes part in the run (/health/ready), and with its "
                    + "metrics (/metrics); with 0 it listens nowhere.");

    public static final Setting<Long> SIMULATED_CARD_BYTES = worker(
            "simulated-card-bytes",
            ValueType.wholeNumber(0, Long.MAX_VALUE),
            new Default.Value("0"),
            "Pretends on a CPU that there is a card of so many bytes, or that each of several has "
                    + "so many; with 0 there is none.");

    public static final Setting<Path> SIMULATED_OTHERS_FILE = worker(
            "simulated-others-file",
            ValueType.path("FILE", "the path of a file"),
            new Default.Derived("nobody else uses the simulated card"),
            "Pretends that others hold as many bytes of the simulated card as the number in this "
                    + "file says, which may be changed while the worker runs; each of several "
                    + "has a file of its own, whose name ends in a full stop and its number.");

    public static final Setting<String> OPTIMIZER_ON = worker(
            "optimizer-on",
            ValueType.choice(List.of("auto", "device", "host")),
            new Default.Value("auto"),
            "Keeps the adapter's master copy and moments, 12 bytes a parameter, in this memory; "
                    + "auto takes a GPU's where there is room, and the host's on a CPU.");

    public static final Setting<Boolean> COMPOSED = worker(
            "composed",
            ValueType.FLAG,
            new Default.Value("false"),
            "Computes on a GPU with PyTorch's operators instead of the fused kernels, to compare "
                    + "them.");

    public static final Setting<Path> LIBTORCH = worker(
            "libtorch",
            ValueType.path("DIR", "the path of a directory"),
            new Default.Derived("PYTORCH_LIBRARY_PATH; else, where there is a GPU, one with CUDA "
                    + "in a Python package `torch` or unpacked; else the build's own, for CPUs"),
            "Loads the libtorch in this directory, such as site-packages/torch/lib; versions 2.7 "
                    + "to 2.11 were tried.");

    public static final Setting<Path> CUDART = worker(
            "cudart",
            ValueType.path("FILE", "the path of a shared library"),
            new Default.Derived("the library that the process has loaded"),
            "Takes this file as the CUDA runtime.");

    public static final Setting<Path> NVRTC = worker(
            "nvrtc",
            ValueType.path("FILE", "the path of a shared library"),
            new Default.Derived("the library that comes with libtorch"),
            "Takes this file as CUDA's run-time compiler.");

    private WorkerCatalogue() {}

    private static <T> Setting<T> worker(
            String name, ValueType<T> type, Default fallback, String help) {
        return new Setting<>(name, Scope.WORKER, type, fallback, "", help);
    }

    static List<Setting<?>> all() {
        return List.of(
                WORKER_ID,
                DEVICE,
                DEVICES,
                PRECISION,
                THREADS,
                DRAIN_SECONDS,
                WAIT_FOR_RUN,
                HEALTH_PORT,
                SIMULATED_CARD_BYTES,
                SIMULATED_OTHERS_FILE,
                OPTIMIZER_ON,
                COMPOSED,
                LIBTORCH,
                CUDART,
                NVRTC);
    }
}
