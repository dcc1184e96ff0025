package dev.plimsoll.engine.stage;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.fold.FoldChoice;
import dev.plimsoll.engine.kernels.AttentionChoice;
import dev.plimsoll.engine.kernels.Fp8Coder;
import dev.plimsoll.engine.kernels.Fp8Coders;
import dev.plimsoll.engine.kernels.FusedKernels;
import dev.plimsoll.engine.kernels.KernelChoice;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.linear.AdapterTensors;
import dev.plimsoll.engine.linear.Blas;
import dev.plimsoll.engine.linear.BlasChoice;
import dev.plimsoll.engine.linear.BlasLora;
import dev.plimsoll.engine.linear.BlasProducts;
import dev.plimsoll.engine.linear.Fp8BlasProducts;
import dev.plimsoll.engine.linear.Fp8Products;
import dev.plimsoll.engine.linear.MatrixProducts;
import dev.plimsoll.engine.linear.Nf4;
import dev.plimsoll.engine.linear.PackedLinear;
import dev.plimsoll.engine.linear.Products;
import dev.plimsoll.engine.linear.Spreads;
import dev.plimsoll.engine.pass.DenseAttention;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.pass.PhaseClock;
import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.engine.weights.CardFit;
import dev.plimsoll.engine.weights.DeviceUpload;
import dev.plimsoll.engine.weights.LlamaWeights;
import dev.plimsoll.engine.weights.WeightLoader;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.AdapterSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;
import dev.plimsoll.wire.run.LoraSettings;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/** Brings a part of a model, or all of it, onto a device. */
public final class StageAssembly {

    private static final System.Logger LOG = System.getLogger(StageAssembly.class.getName());

    private StageAssembly() {}

    /** What needs no weights: the way of attention on a device, tried, and compiled scripts. */
    public static AttentionChoice prepare(DevicePlace place, LlamaConfig config) {
        boolean windows = IntStream.range(0, config.layers())
                .anyMatch(layer -> config.slidingWindow(layer) > 0);
        AttentionChoice kernel = AttentionChoice.choose(
                place.number(), place.precision(), config.headDim(), windows);
        QuantizeScript.load().close(); // it stays compiled
        return kernel;
    }

    /**
     * Loads a part of the model for the calling thread. What does not fit, or cannot be used, is
     * refused with a {@link dev.plimsoll.model.hf.ModelException}; nothing is held then.
     *
     * @param kernel is closed with the parts, or when they cannot be made
     */
    public static StageParts load(
            WeightFiles files,
            ModelPart part,
            LoraSettings lora,
            DevicePlace place,
            AttentionChoice kernel,
            FoldChoice folds) {
        try {
            return assemble(files, part, lora, place, kernel, folds);
        } catch (RuntimeException e) {
            kernel.script().close();
            throw e;
        }
    }

    private static StageParts assemble(
            WeightFiles files,
            ModelPart part,
            LoraSettings lora,
            DevicePlace place,
            AttentionChoice kernel,
            FoldChoice folds) {
        AdapterLayout layout = new AdapterLayout(part.config(), lora);
        LlamaScript script = kernel.script();
        Precision precision = place.precision();
        Account account = place.account();
        DeviceTensors tensors = new DeviceTensors(script, place.number());
        LinearSizes sizes = LinearSizes.on(place.device().kind(), layout.config(), layout.lora());
        ActivationSizes activations = new ActivationSizes(sizes, precision);
        HeldScope run = new HeldScope(script, account);
        QuantizeScript quantize = QuantizeScript.load();
        try (DeviceUpload upload =
                DeviceUpload.open(quantize, place.number(), place.uploadThreads())) {
            Kernels kernels = KernelChoice.choose(place, script, layout.config());
            boolean embeddingOnHost = CardFit.embeddingGoesToHost(place, part, layout);
            Fp8Coder coder =
                    Fp8Coders.choose(place, layout.config(), kernels, script, quantize, run);
            WeightLoader.Target target = target(
                    place,
                    part,
                    sizes,
                    embeddingOnHost,
                    kernels,
                    script,
                    quantize,
                    run,
                    coder != null);
            LlamaWeights weights =
                    new WeightLoader(files, target, tensors, upload, account, run).load();
            LOG.log(
                    System.Logger.Level.INFO,
                    "loaded {0} tensors as {1}, checksum {2}",
                    upload.tensors(),
                    place.device().precision(),
                    Long.toHexString(upload.checksum()));
            Precision wide = precision.wide();
            run.hold(new AdapterSizes(layout.totalParameters(), precision).gradientBytes());
            Tensor sum = zeros(tensors, run, layout.totalParameters(), wide);
            Tensor scratch = zeros(tensors, run, layout.totalParameters(), wide);
            double[] frequencies =
                    layout.config().rope().inverseFrequencies(layout.config().headDim());
            LoadedModel model = new LoadedModel(
                    part,
                    activations,
                    tensors,
                    new LoadedModel.Compute(
                            kernels,
                            products(script, activations, place, kernels, coder, quantize, run),
                            DenseAttention.of(
                                    kernel.source() == AttentionSource.CUDA_DENSE,
                                    layout.config())),
                    weights,
                    tensors.doubles(run.scope(), frequencies, Precision.FP64),
                    new AdapterTensors(layout, sizes).perLayer(tensors, run, scratch),
                    place.layerOffload(script),
                    account);
            return new StageParts(
                    layout,
                    place.device(),
                    place.meter(),
                    model,
                    sum,
                    scratch,
                    folds,
                    PhaseClock.of(place),
                    run,
                    quantize);
        } catch (RuntimeException e) {
            run.close();
            quantize.close();
            throw e;
        }
    }

    /** @param fp8Products whether fp8 weights are multiplied as they are */
    public static WeightLoader.Target target(
            DevicePlace place,
            ModelPart part,
            LinearSizes sizes,
            boolean embeddingOnHost,
            Kernels kernels,
            LlamaScript script,
            QuantizeScript quantize,
            HeldScope run,
            boolean fp8Products) {
        Nf4 nf4 = place.format() == WeightFormat.NF4
                ? new Nf4(quantize, run.scope(), place.number())
                : null;
        PackedLinear.Spread spread = switch (place.format()) {
            case BF16 -> null;
            case FP8 ->
                fp8Products && kernels instanceof FusedKernels fused
                        ? Spreads.fp8Fused(script, fused.cuda())
                        : Spreads.fp8(quantize, script, place.precision());
            case NF4 ->
                kernels instanceof FusedKernels fused
                        ? Spreads.nf4Fused(quantize, script, nf4, fused.cuda())
                        : Spreads.nf4(quantize, script, nf4);
        };
        return new WeightLoader.Target(
                sizes,
                part,
                place.precision(),
                place.format(),
                embeddingOnHost,
                quantize,
                spread,
                nf4,
                fp8Products);
    }

    private static Products products(
            LlamaScript script,
            ActivationSizes activations,
            DevicePlace place,
            Kernels kernels,
            Fp8Coder coder,
            QuantizeScript quantize,
            HeldScope run) {
        MatrixProducts torch = new MatrixProducts(script, activations);
        Optional<Blas> blas = BlasChoice.choose(place, activations.linears(), script, run);
        Tensor wide = script.zeros(run.scope(), 1, TorchDtype.FP32, place.number());
        Optional<BlasProducts> fast = blas.map(library -> new BlasProducts(
                library, new BlasLora(library, activations, kernels, wide), activations, torch));
        Products matrices = fast.<Products>map(products -> products).orElse(torch);
        if (coder == null) {
            return matrices;
        }
        Tensor noBias =
                script.zeros(run.scope(), 0, TorchDtype.of(place.precision()), place.number());
        Fp8Products coded =
                new Fp8Products(script, activations, coder, matrices, place.account(), noBias);
        return fast.filter(products ->
                        BlasChoice.codes(products.blas(), coder, quantize, place.number()))
                .<Products>map(products -> new Fp8BlasProducts(
                        products.blas(),
                        activations,
                        coder,
                        products,
                        coded,
                        ones(
                                new DeviceTensors(script, place.number()),
                                run,
                                activations.linears())))
                .orElse(coded);
    }

    /** As many as the widest linear map has columns. */
    private static Tensor ones(DeviceTensors tensors, HeldScope run, LinearSizes sizes) {
        float[] ones =
                new float[Linear.all().stream().mapToInt(sizes::columns).max().orElseThrow()];
        Arrays.fill(ones, 1);
        run.hold((long) Float.BYTES * ones.length);
        return tensors.floats(run.scope(), ones, Precision.FP32);
    }

    private static Tensor zeros(
            DeviceTensors tensors, HeldScope into, int elements, Precision precision) {
        return tensors.script()
                .zeros(into.scope(), elements, TorchDtype.of(precision), tensors.device());
    }
}
