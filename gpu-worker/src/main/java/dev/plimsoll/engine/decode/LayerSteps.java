package dev.plimsoll.engine.decode;

import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.script.DecodeScript;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.Linear;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * New tokens through all layers: in one call to the script, or, where weights are packed, a linear
 * map at a time, since each is spread into the one shared matrix before it is used.
 */
final class LayerSteps {

    private final DecoderModel model;
    private final DecodeScript script;
    private final LlamaConfig config;
    private final TensorList cache;
    private final List<TensorList> layers = new ArrayList<>();
    private final List<TensorList> caches = new ArrayList<>();
    private final TensorList weights;
    private final Tensor windows;
    private final Tensor nothing;
    private final AttentionWay way;

    /** @param into owns the cache */
    LayerSteps(DecoderModel model, Scope into, int positions) {
        this.model = model;
        this.script = model.script();
        this.config = model.config();
        this.way = AttentionWay.choose(model);
        this.cache = script.cache(
                into,
                config.layers(),
                config.keyValueHeads(),
                positions,
                config.headDim(),
                model.weights().norm());
        TensorList all = script.none(into);
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(tensors(into, model.layer(layer)));
            caches.add(script.part(into, cache, 2 * layer, 2 * layer + 2));
            all = script.both(into, all, layers.getLast());
        }
        this.weights = all;
        long[] ofLayers = IntStream.range(0, config.layers())
                .mapToLong(config::slidingWindow)
                .toArray();
        this.windows = new DeviceTensors(model.llama(), DeviceTensors.CPU)
                .integers(into, ofLayers, TorchDtype.INT64);
        this.nothing = model.llama()
                .zeros(
                        into,
                        0,
                        TorchDtype.of(model.place().precision()),
                        model.tensors().device());
    }

    private TensorList tensors(Scope into, LayerWeights w) {
        return script.layer(
                into,
                w.attentionNorm(),
                w.mlpNorm(),
                w.qkvBias(),
                w.outBias(),
                w.queryNorm(),
                w.keyNorm(),
                w.around(Linear.QKV),
                w.around(Linear.OUT),
                w.around(Linear.GATE_UP),
                w.around(Linear.DOWN));
    }

    /**
     * @param x [t, h], of tokens from position start on
     * @return [t, h]
     */
    Tensor through(Scope into, Tensor x, TensorList angles, int start) {
        if (!model.resident()) {
            return mapByMap(into, x, angles, start);
        }
        return script.layers(
                into,
                x,
                weights,
                cache,
                angles,
                windows,
                nothing,
                start,
                config.attentionHeads(),
                model.eps(),
                model.loraScaling(),
                way.number());
    }

    private Tensor mapByMap(Scope into, Tensor first, TensorList angles, int start) {
        Tensor x = first;
        Scope before = script.scope();
        for (int layer = 0; layer < config.layers(); layer++) {
            boolean last = layer == config.layers() - 1;
            Scope next = script.scope();
            try (Scope temporary = script.scope()) {
                x = mapByMap(temporary, last ? into : next, layer, x, angles, start);
            } finally {
                before.close();
                before = next;
            }
        }
        before.close();
        return x;
    }

    private Tensor mapByMap(
            Scope temporary, Scope into, int layer, Tensor x, TensorList angles, int start) {
        LayerWeights spread = model.layer(layer);
        TensorList of = layers.get(layer);
        double s = model.loraScaling();
        spread.around(Linear.QKV);
        Tensor o = script.attend(
                temporary,
                x,
                of,
                caches.get(layer),
                angles,
                start,
                config.slidingWindow(layer),
                config.attentionHeads(),
                model.eps(),
                s,
                way.number());
        spread.around(Linear.OUT);
        Tensor middle = script.attended(temporary, x, o, of, s);
        spread.around(Linear.GATE_UP);
        Tensor a = script.gateUp(temporary, middle, of, nothing, model.eps(), s);
        spread.around(Linear.DOWN);
        return script.down(into, middle, a, of, nothing, s);
    }
}
