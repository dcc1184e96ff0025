package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.PreparedEngine;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.AttentionKernel;
import dev.plimsoll.engine.kernels.Fp8Coder;
import dev.plimsoll.engine.kernels.Fp8Coders;
import dev.plimsoll.engine.kernels.FusedKernels;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.linear.AdapterTensors;
import dev.plimsoll.engine.linear.Fp8Products;
import dev.plimsoll.engine.linear.LinearSizes;
import dev.plimsoll.engine.linear.MatrixProducts;
import dev.plimsoll.engine.linear.Nf4;
import dev.plimsoll.engine.linear.PackedLinear;
import dev.plimsoll.engine.linear.Products;
import dev.plimsoll.engine.linear.Spreads;
import dev.plimsoll.engine.pass.DenseAttention;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;
import dev.plimsoll.engine.weights.DeviceUpload;
import dev.plimsoll.engine.weights.LlamaWeights;
import dev.plimsoll.engine.weights.Quantize;
import dev.plimsoll.engine.weights.WeightFormat;
import dev.plimsoll.engine.weights.WeightLoader;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.WeightFiles;

import java.nio.file.Path;
import java.util.stream.IntStream;

/** Brings a model directory onto a device. */
public final class LlamaEngines {

    private static final System.Logger LOG = System.getLogger(LlamaEngines.class.getName());

    private LlamaEngines() {}

    /**
     * All that needs no LoRA settings: starts PyTorch, picks the device, compiles the scripts and
     * tries the kernels. A directory that cannot be used is refused with a ModelException before
     * the device is touched.
     */
    public static PreparedEngine prepare(Path modelDir, EngineOptions options) {
        LlamaConfig config = LlamaConfig.read(modelDir);
        WeightFiles.open(modelDir).close();
        DevicePlace place = DevicePlace.choose(options);
        AttentionKernel.Chosen kernel =
                AttentionKernel.choose(place.number(), place.precision(), windows(config));
        Quantize.load().close(); // it stays compiled
        return lora -> open(modelDir, new AdapterLayout(config, lora), place, kernel);
    }

    private static TrainingEngine open(
            Path modelDir, AdapterLayout layout, DevicePlace place, AttentionKernel.Chosen kernel) {
        try (WeightFiles checkpoint = WeightFiles.open(modelDir)) {
            return assemble(checkpoint, layout, place, kernel);
        } catch (RuntimeException e) {
            kernel.script().close();
            throw e;
        }
    }

    private static TrainingEngine assemble(
            WeightFiles checkpoint,
            AdapterLayout layout,
            DevicePlace place,
            AttentionKernel.Chosen kernel) {
        TorchScript script = kernel.script();
        Precision precision = place.precision();
        Account account = place.account();
        DeviceTensors tensors = new DeviceTensors(script, place.number());
        LinearSizes sizes = new LinearSizes(layout.config(), layout.lora(), place.tailMultiple());
        HeldScope run = new HeldScope(script, account);
        TorchScript quantize = Quantize.load();
        try (DeviceUpload upload =
                DeviceUpload.open(quantize, place.number(), place.uploadThreads())) {
            Kernels kernels = place.kernels(script, layout.config());
            boolean embeddingOnHost = place.requireRoom(layout);
            Fp8Coder coder =
                    Fp8Coders.choose(place, layout.config(), kernels, script, quantize, run);
            WeightLoader.Target target = target(
                    place, sizes, embeddingOnHost, kernels, script, quantize, run, coder != null);
            LlamaWeights weights =
                    new WeightLoader(checkpoint, target, tensors, upload, account, run).load();
            LOG.log(
                    System.Logger.Level.INFO,
                    "loaded {0} tensors as {1}, checksum {2}",
                    checkpoint.tensors().size(),
                    place.device().precision(),
                    Long.toHexString(upload.checksum()));
            Precision wide = precision.wide();
            run.hold(2L * layout.totalParameters() * wide.bytes());
            Value sum = zeros(tensors, run, layout.totalParameters(), wide);
            Value scratch = zeros(tensors, run, layout.totalParameters(), wide);
            double[] frequencies =
                    layout.config().rope().inverseFrequencies(layout.config().headDim());
            LoadedModel model = new LoadedModel(
                    sizes,
                    precision,
                    tensors,
                    new LoadedModel.Compute(
                            kernels,
                            products(script, sizes, place, coder, run),
                            new DenseAttention(kernel.kernel() == AttentionKernel.CUDA_DENSE)),
                    weights,
                    tensors.doubles(run.scope(), frequencies, Precision.FP64),
                    new AdapterTensors(layout, sizes).perLayer(tensors, run, scratch),
                    place.hostInputs(script),
                    account);
            return new LlamaEngine(new EngineParts(
                    layout,
                    place.device(),
                    place.meter(),
                    model,
                    sum,
                    scratch,
                    place.clock(),
                    run,
                    quantize));
        } catch (RuntimeException e) {
            run.close();
            quantize.close();
            throw e;
        }
    }

    private static WeightLoader.Target target(
            DevicePlace place,
            LinearSizes sizes,
            boolean embeddingOnHost,
            Kernels kernels,
            TorchScript script,
            TorchScript quantize,
            HeldScope run,
            boolean fp8Products) {
        Nf4 nf4 = place.format() == WeightFormat.NF4
                ? new Nf4(quantize, run.scope(), place.number())
                : null;
        PackedLinear.Spread spread = switch (place.format()) {
            case BF16 -> null;
            case FP8 ->
                fp8Products && kernels instanceof FusedKernels fused
                        ? Spreads.fp8Fused(script, fused.module())
                        : Spreads.fp8(quantize, script, place.precision());
            case NF4 ->
                kernels instanceof FusedKernels fused
                        ? Spreads.nf4Fused(quantize, script, nf4, fused.module())
                        : Spreads.nf4(quantize, script, nf4);
        };
        return new WeightLoader.Target(
                sizes,
                place.precision(),
                place.format(),
                embeddingOnHost,
                quantize,
                spread,
                nf4,
                fp8Products);
    }

    private static Products products(
            TorchScript script,
            LinearSizes sizes,
            DevicePlace place,
            Fp8Coder coder,
            HeldScope run) {
        if (coder == null) {
            return new MatrixProducts(script, sizes, place.precision());
        }
        Value noBias = script.call(
                run.scope(), "zeros", 0, place.precision().torchDtype(), place.number());
        return new Fp8Products(script, sizes, place.precision(), coder, place.account(), noBias);
    }

    private static boolean windows(LlamaConfig config) {
        return IntStream.range(0, config.layers())
                .anyMatch(layer -> config.slidingWindow(layer) > 0);
    }

    private static Value zeros(
            DeviceTensors tensors, HeldScope into, int elements, Precision precision) {
        return tensors.script()
                .call(into.scope(), "zeros", elements, precision.torchDtype(), tensors.device());
    }
}
