package dev.plimsoll.engine.decode;

import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.script.DecodeScript;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.weights.LlamaWeights;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.WeightFormat;

/**
 * A loaded model with its adapter; what lives as long as a decoder.
 *
 * @param loraScaling 0 where there is no adapter
 * @param run owns the weights and the adapter
 */
public record DecoderModel(
        LlamaConfig config,
        DevicePlace place,
        DeviceTensors tensors,
        DecodeScript script,
        QuantizeScript quantize,
        LlamaWeights weights,
        double loraScaling,
        HeldScope run)
        implements AutoCloseable {

    /** Whether weights need not be spread before each use. */
    boolean resident() {
        return place.format() == WeightFormat.BF16;
    }

    LlamaScript llama() {
        return tensors.script();
    }

    LayerWeights layer(int layer) {
        return weights.layers().get(layer);
    }

    double eps() {
        return config.rmsNormEps();
    }

    @Override
    public void close() {
        run.close();
        place.account().release(weights.bytes());
        quantize.close();
        script.close();
        llama().close();
    }
}
