package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.decode.CacheFit;
import dev.plimsoll.engine.decode.Decoder;
import dev.plimsoll.engine.decode.DecoderModel;
import dev.plimsoll.engine.decode.NoRoom;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.ComposedKernels;
import dev.plimsoll.engine.kernels.KernelChoice;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.linear.AdapterTensors;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.DecodeScript;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.stage.StageAssembly;
import dev.plimsoll.engine.weights.DeviceUpload;
import dev.plimsoll.engine.weights.LlamaWeights;
import dev.plimsoll.engine.weights.WeightLoader;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.hf.WeightCheck;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** Opens decoders: brings a model directory and an adapter onto a device, without gradients. */
public final class DecoderFactory {

    /** Of the base model alone: there must be some, and it stays zero. */
    private static final LoraSettings NO_ADAPTER =
            new LoraSettings(1, 1, false, EnumSet.of(Projection.DOWN_PROJ));

    private DecoderFactory() {}

    /**
     * Loads the model for the calling thread. What cannot be used, or does not fit, is refused with
     * a {@link dev.plimsoll.model.hf.ModelException} for a person to read.
     *
     * @param positions the most tokens that a prompt and what follows may have
     */
    public static Decoder open(
            Path modelDir, Optional<PeftAdapter> adapter, EngineOptions options, int positions) {
        LlamaConfig config = WeightCheck.require(modelDir);
        AdapterLayout layout =
                new AdapterLayout(config, adapter.map(PeftAdapter::lora).orElse(NO_ADAPTER));
        try (WeightFiles files = WeightFiles.open(modelDir)) {
            DevicePlace place = DevicePlace.choose(options);
            CacheFit fit = new CacheFit(config, place.precision(), positions);
            boolean embeddingOnHost = fit.embeddingGoesToHost(place);
            LlamaScript llama = LlamaScript.load(AttentionSource.COMPOSED);
            DecodeScript decode = DecodeScript.load();
            QuantizeScript quantize = QuantizeScript.load();
            HeldScope run = new HeldScope(llama, place.account());
            try {
                DecoderModel model = new DecoderModel(
                        config,
                        place,
                        new DeviceTensors(llama, place.number()),
                        decode,
                        quantize,
                        weights(files, place, layout, embeddingOnHost, llama, quantize, run),
                        adapter.isPresent() ? layout.lora().loraScaling() : 0,
                        run);
                adopt(model, layout, adapter);
                return new Decoder(model, positions);
            } catch (RuntimeException e) {
                run.close();
                quantize.close();
                decode.close();
                llama.close();
                throw NoRoom.told(e);
            }
        }
    }

    private static LlamaWeights weights(
            WeightFiles files,
            DevicePlace place,
            AdapterLayout layout,
            boolean embeddingOnHost,
            LlamaScript llama,
            QuantizeScript quantize,
            HeldScope run) {
        // only weights that are packed have kernels of ours to be spread by
        Kernels kernels = place.format() == WeightFormat.BF16
                ? new ComposedKernels(llama, layout.config().rmsNormEps())
                : KernelChoice.choose(place, llama, layout.config());
        WeightLoader.Target target = StageAssembly.target(
                place,
                ModelPart.all(layout.config()),
                sizes(place, layout),
                embeddingOnHost,
                kernels,
                llama,
                quantize,
                run,
                false);
        try (DeviceUpload upload =
                DeviceUpload.open(quantize, place.number(), place.uploadThreads())) {
            DeviceTensors tensors = new DeviceTensors(llama, place.number());
            return new WeightLoader(files, target, tensors, upload, place.account(), run).load();
        }
    }

    /** Writes the adapter beside the weights; it stays apart from them. */
    private static void adopt(
            DecoderModel model, AdapterLayout layout, Optional<PeftAdapter> adapter) {
        float[] values =
                adapter.map(PeftAdapter::flat).orElseGet(() -> new float[layout.totalParameters()]);
        Precision precision = model.place().precision();
        model.run().hold((long) values.length * precision.bytes());
        Tensor flat = model.tensors().floats(model.run().scope(), values, precision);
        List<TensorList> windows = new AdapterTensors(layout, sizes(model.place(), layout))
                .perLayer(model.tensors(), model.run(), flat);
        for (int layer = 0; layer < windows.size(); layer++) {
            TensorList ofLayer = windows.get(layer);
            LayerWeights weights = model.weights().layers().get(layer);
            weights.linears().values().forEach(linear -> linear.adopt(ofLayer));
        }
    }

    private static LinearSizes sizes(DevicePlace place, AdapterLayout layout) {
        return LinearSizes.on(place.device().kind(), layout.config(), layout.lora());
    }
}
