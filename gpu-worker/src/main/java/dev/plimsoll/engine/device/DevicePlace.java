package dev.plimsoll.engine.device;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.nativelib.CopyStream;
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

    private static final int CPU = DeviceTensors.CPU;
    private static final int MAX_UPLOAD_THREADS = 8;
    /** One process per GPU: CUDA_VISIBLE_DEVICES says which. */
    private static final int GPU = 0;

    /** Starts PyTorch on the calling thread and picks the device. */
    public static DevicePlace choose(EngineOptions options) {
        TorchScript.start(options.threads());
        boolean cpu = options.device().equals("cpu");
        Optional<String> failure = cpu ? Optional.of("it was asked for") : cudaFailure();
        if (failure.isPresent() && options.device().equals("cuda")) {
            throw new ModelException(
                    "device cuda was asked for, but this process has no usable CUDA device: "
                            + failure.get() + " (loaded is " + LIBTORCH
                            + "); `plimsoll doctor` says more, and device cpu needs none");
        }
        DevicePlace place = failure.isPresent() ? onCpu(options) : onCuda(options);
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

    private static DevicePlace onCuda(EngineOptions options) {
        if (options.simulatedCardBytes() > 0) {
            throw new ModelException(
                    "a simulated card needs device cpu; leave simulatedCardBytes out on a real "
                            + "GPU");
        }
        Precision precision = Precision.computing("cuda", options.precision());
        CudaMeter meter = CudaMeter.open(GPU);
        MemoryReading reading = meter.read();
        EngineDevice device = new EngineDevice(
                "cuda", GPU, meter.deviceName(), label(options, precision), reading.totalBytes());
        return new DevicePlace(
                device, precision, format(options), GPU, options.threads(), meter, Account.NONE);
    }

    private static DevicePlace onCpu(EngineOptions options) {
        if (options.optimizerOn().equals(EngineOptions.DEVICE)) {
            throw new ModelException("the optimizer cannot live on a device, because this engine "
                    + "computes on a CPU; give optimizer-on auto or host");
        }
        Precision precision = Precision.computing("cpu", options.precision());
        long total = options.simulatedCardBytes() > 0
                ? options.simulatedCardBytes()
                : MainMemory.totalBytes();
        String name = options.simulatedCardBytes() > 0 ? "simulated card" : "CPU";
        String others = System.getProperty(SIMULATED_OTHERS, "");
        SimulatedCardMeter card = others.isEmpty()
                ? new SimulatedCardMeter(total)
                : new SimulatedCardMeter(total, new SimulatedOthers(Path.of(others)));
        EngineDevice device = new EngineDevice("cpu", 0, name, label(options, precision), total);
        return new DevicePlace(
                device, precision, format(options), CPU, options.threads(), card, card);
    }

    private static WeightFormat format(EngineOptions options) {
        return switch (options.precision()) {
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

    public boolean isCpu() {
        return number == CPU;
    }

    /** Where the inputs of layers wait that the memory plan sends away. */
    public LayerOffload layerOffload(LlamaScript script) {
        if (isCpu()) {
            return new LayerOffload.Copies(script);
        }
        return CopyStream.open()
                .<LayerOffload>map(stream -> new LayerOffload.Pinned(script, stream))
                .orElseGet(() -> new LayerOffload.Copies(script));
    }

    /** Why there is no card to compute on; empty if there is one. */
    private static Optional<String> cudaFailure() {
        return hasCuda()
                ? LlamaScript.failureOn(GPU).map(CudaFailure::sentence)
                : Optional.of("the libtorch that is loaded is for CPUs only");
    }

    private static boolean hasCuda() {
        return LoadedLibraries.find("libtorch_cuda").isPresent();
    }
}
