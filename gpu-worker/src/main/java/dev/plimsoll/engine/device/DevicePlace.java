package dev.plimsoll.engine.device;

import ai.djl.engine.EngineException;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.kernels.AttentionKernel;
import dev.plimsoll.engine.kernels.ComposedKernels;
import dev.plimsoll.engine.kernels.FusedKernels;
import dev.plimsoll.engine.kernels.KernelTrial;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.nativelib.CopyStream;
import dev.plimsoll.engine.nativelib.KernelModule;
import dev.plimsoll.engine.nativelib.LoadedLibraries;
import dev.plimsoll.engine.pass.PhaseClock;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.weights.CardFit;
import dev.plimsoll.engine.weights.WeightFormat;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;

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
    private static final int CPU = DeviceTensors.CPU;
    private static final int TAIL_MULTIPLE = 64;
    private static final int MAX_UPLOAD_THREADS = 8;
    /** Less than this beside the weights is little room. */
    private static final long COMFORT_BYTES = 6L << 30;
    /** One process per GPU: CUDA_VISIBLE_DEVICES says which. */
    private static final int GPU = 0;

    /** Starts PyTorch on the calling thread and picks the device. */
    public static DevicePlace choose(EngineOptions options) {
        TorchScript.start(options.threads());
        boolean cuda = switch (options.device()) {
            case "cpu" -> false;
            case "cuda" -> {
                if (!cudaWorks()) {
                    throw new ModelException(
                            "device cuda was asked for, but this process has no usable CUDA device;"
                                    + " check the driver and PYTORCH_LIBRARY_PATH, or use "
                                    + "device cpu");
                }
                yield true;
            }
            default -> cudaWorks();
        };
        return cuda ? onCuda(options) : onCpu(options);
    }

    private static DevicePlace onCuda(EngineOptions options) {
        if (options.simulatedCardBytes() > 0) {
            throw new ModelException(
                    "a simulated card needs device cpu; leave simulatedCardBytes out on a real "
                            + "GPU");
        }
        Precision precision = precision(options, Precision.BF16);
        CudaMeter meter = CudaMeter.open(GPU);
        MemoryReading reading = meter.read();
        EngineDevice device = new EngineDevice(
                "cuda", GPU, meter.deviceName(), label(options, precision), reading.totalBytes());
        return new DevicePlace(
                device, precision, format(options), GPU, options.threads(), meter, Account.NONE);
    }

    private static DevicePlace onCpu(EngineOptions options) {
        Precision precision = precision(options, Precision.FP32);
        long total = options.simulatedCardBytes() > 0
                ? options.simulatedCardBytes()
                : MainMemory.totalBytes();
        String name = options.simulatedCardBytes() > 0 ? "simulated card" : "CPU";
        SimulatedCardMeter card = new SimulatedCardMeter(total);
        EngineDevice device = new EngineDevice("cpu", 0, name, label(options, precision), total);
        return new DevicePlace(
                device, precision, format(options), CPU, options.threads(), card, card);
    }

    private static Precision precision(EngineOptions options, Precision automatic) {
        return switch (options.precision()) {
            case "auto", "nf4", "fp8" -> automatic;
            default -> Precision.of(options.precision());
        };
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

    /**
     * Refuses a card that is too small for the weights, before they are read. Says whether the
     * table of input tokens should stay in host memory: where little room would be left for
     * activations beside it. Wide precisions, which are for checks, and a card whose memory nobody
     * can tell are not judged.
     */
    public boolean requireRoom(AdapterLayout layout) {
        MemoryReading reading = meter.read();
        if (number == CPU || precision != Precision.BF16 || reading.totalBytes() == 0) {
            return false;
        }
        long free = reading.freeBytes();
        long parameters = layout.totalParameters();
        boolean onHost =
                !new CardFit(layout.config(), parameters, false, COMFORT_BYTES).fits(format, free);
        new CardFit(layout.config(), parameters, onHost, 0).require(format, free);
        return onHost;
    }

    /** Tails of whole cache lines for tensor cores; none are wasted on a CPU. */
    public int tailMultiple() {
        return number == CPU ? 1 : TAIL_MULTIPLE;
    }

    /**
     * Fused where the device, the precision and the model's widths allow it and a trial shows the
     * composed ones' results, unless -Dplimsoll.composed=true.
     */
    public Kernels kernels(TorchScript script, LlamaConfig config) {
        Kernels composed = new ComposedKernels(script, config.rmsNormEps());
        boolean fits = FusedKernels.fits(
                config.hiddenSize(),
                config.intermediateSize(),
                config.headDim(),
                config.vocabSize());
        if (number == CPU
                || precision != Precision.BF16
                || !fits
                || Boolean.getBoolean("plimsoll.composed")) {
            return composed;
        }
        try {
            Kernels fused = new FusedKernels(
                    KernelModule.compile(AttentionKernel.source("kernels.cu"), number),
                    script,
                    config.hiddenSize(),
                    config.vocabSize(),
                    config.rmsNormEps());
            new KernelTrial(new DeviceTensors(script, number), precision, config)
                    .require(fused, composed);
            return fused;
        } catch (IllegalStateException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "training goes on without fused kernels, slower: {0}",
                    e.getMessage());
            return composed;
        }
    }

    public PhaseClock clock() {
        return number == CPU
                ? new PhaseClock.Host()
                : CopyStream.open()
                        .<PhaseClock>map(PhaseClock.Device::new)
                        .orElseGet(PhaseClock.Host::new);
    }

    public LayerOffload hostInputs(TorchScript script) {
        if (number == CPU) {
            return new LayerOffload.Copies(script);
        }
        return CopyStream.open()
                .<LayerOffload>map(stream -> new LayerOffload.Pinned(script, stream))
                .orElseGet(() -> new LayerOffload.Copies(script));
    }

    private static boolean cudaWorks() {
        if (LoadedLibraries.find("libtorch_cuda").isEmpty()) {
            return false;
        }
        try (TorchScript script = AttentionKernel.COMPOSED.load();
                Scope scope = script.scope()) {
            script.call(scope, "zeros", 1, Precision.FP32.torchDtype(), GPU);
            return true;
        } catch (EngineException e) {
            return false;
        }
    }
}
