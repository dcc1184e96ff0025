package dev.plimsoll.engine.device;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.nativelib.CopyStream;
import dev.plimsoll.engine.nativelib.CudaRuntime;
import dev.plimsoll.engine.nativelib.LoadedLibraries;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the engine runs, in which precision, and who counts its memory.
 *
 * @param number of the device in llama.py
 */
public record DevicePlace(
        EngineDevice device,
        Precision precision,
        WeightFormat format,
        int number,
        int threads,
        GpuMeter meter,
        Account account) {

    private static final System.Logger LOG = System.getLogger(DevicePlace.class.getName());

    /** Where it is from, and why that one: who starts this process tells. */
    private static final String LIBTORCH =
            System.getProperty("libtorch.choice", "the libtorch of this process's environment");

    /** The setting simulated-others-file. */
    private static final String SIMULATED_OTHERS = "plimsoll.simulated-others-file";

    private static final String SIMULATED_CARD = "simulated card";
    private static final int CPU = DeviceTensors.CPU;
    private static final int MAX_UPLOAD_THREADS = 8;

    /**
     * Starts PyTorch on the calling thread and picks the device: the first of those named, or the
     * first that CUDA_VISIBLE_DEVICES lets this process see.
     */
    public static DevicePlace choose(EngineOptions options) {
        return choose(
                options, options.devices().isEmpty() ? 0 : options.devices().getFirst());
    }

    /**
     * The same with a card of the caller's choice, which becomes the calling thread's current one.
     */
    public static DevicePlace choose(EngineOptions options, int card) {
        TorchScript.start(options.threads());
        boolean cpu = options.device().equals("cpu");
        Optional<String> failure = cpu ? Optional.of("it was asked for") : cudaFailure(card);
        if (failure.isPresent() && options.device().equals("cuda")) {
            throw new ModelException(
                    "device cuda was asked for, but this process has no usable CUDA device: "
                            + failure.get() + " (loaded is " + LIBTORCH
                            + "); `plimsoll doctor` says more, and device cpu needs none");
        }
        DevicePlace place = failure.isPresent() ? onCpu(options, card) : onCuda(options, card);
        boolean unwanted = !cpu && failure.isPresent() && hasCuda();
        LOG.log(
                unwanted ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
                "computes on device {0}, {1}: {2}; loaded is {3}",
                place.device().kind(),
                place.device().name(),
                failure.orElse("it works"),
                LIBTORCH);
        return place;
    }

    private static DevicePlace onCuda(EngineOptions options, int card) {
        if (options.simulatedCardBytes() > 0) {
            throw new ModelException(
                    "a simulated card needs device cpu; leave simulatedCardBytes out on a real "
                            + "GPU");
        }
        Precision precision = Precision.computing("cuda", options.precision());
        CudaMeter meter = CudaMeter.open(card);
        MemoryReading reading = meter.read();
        EngineDevice device = new EngineDevice(
                "cuda", card, meter.deviceName(), label(options, precision), reading.totalBytes());
        return new DevicePlace(
                device, precision, format(options), card, options.threads(), meter, Account.NONE);
    }

    private static DevicePlace onCpu(EngineOptions options, int card) {
        if (options.optimizerOn().equals(EngineOptions.DEVICE)) {
            throw new ModelException("the optimizer cannot live on a device, because this engine "
                    + "computes on a CPU; give optimizer-on auto or host");
        }
        Precision precision = Precision.computing("cpu", options.precision());
        long total = options.simulatedCardBytes() > 0
                ? options.simulatedCardBytes()
                : MainMemory.totalBytes() / Math.max(1, options.devices().size());
        String name = options.simulatedCardBytes() > 0 ? SIMULATED_CARD : "CPU";
        String others = System.getProperty(SIMULATED_OTHERS, "");
        SimulatedCardMeter meter = others.isEmpty()
                ? new SimulatedCardMeter(total)
                : new SimulatedCardMeter(total, new SimulatedOthers(others(others, options, card)));
        EngineDevice device = new EngineDevice("cpu", card, name, label(options, precision), total);
        return new DevicePlace(
                device, precision, format(options), CPU, options.threads(), meter, meter);
    }

    /** Of several cards each has a file of its own, with its number behind a full stop. */
    private static Path others(String file, EngineOptions options, int card) {
        return Path.of(options.devices().size() > 1 ? file + "." + card : file);
    }

    private static WeightFormat format(EngineOptions options) {
        return format(options.precision());
    }

    /** How a precision, as the setting names it, keeps the matrices of the layers. */
    public static WeightFormat format(String precision) {
        return switch (precision) {
            case "nf4" -> WeightFormat.NF4;
            case "fp8" -> WeightFormat.FP8;
            default -> WeightFormat.BF16;
        };
    }

    private static String label(EngineOptions options, Precision precision) {
        WeightFormat format = format(options);
        return format == WeightFormat.BF16 ? precision.label() : format.label();
    }

    public int uploadThreads() {
        return threads > 0
                ? threads
                : Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MAX_UPLOAD_THREADS);
    }

    /** A pretended card on a CPU. */
    public boolean isSimulatedCard() {
        return isCpu() && device.name().equals(SIMULATED_CARD);
    }

    public boolean isCpu() {
        return number == CPU;
    }

    /** Keeps what layers leave in host memory, as the memory plan says. */
    public LayerOffload layerOffload(LlamaScript script) {
        if (isCpu()) {
            return new LayerOffload.Copies(script);
        }
        return CopyStream.open()
                .<LayerOffload>map(stream -> new LayerOffload.Pinned(script, stream))
                .orElseGet(() -> new LayerOffload.Copies(script));
    }

    /** Why there is no card to compute on; empty if there is one. */
    private static Optional<String> cudaFailure(int card) {
        if (!hasCuda()) {
            return Optional.of("the libtorch that is loaded is for CPUs only");
        }
        int cards = card == 0 ? 1 : CudaRuntime.deviceCount();
        if (card >= cards) {
            throw new ModelException("there is no card " + card + "; this process sees " + cards
                    + (cards == 1 ? " card, 0" : " cards, 0 to " + (cards - 1))
                    + ": name others, or let CUDA_VISIBLE_DEVICES show more");
        }
        CudaRuntime.makeCurrent(card);
        return LlamaScript.failureOn(card).map(CudaFailure::sentence);
    }

    private static boolean hasCuda() {
        return LoadedLibraries.find("libtorch_cuda").isPresent();
    }
}
