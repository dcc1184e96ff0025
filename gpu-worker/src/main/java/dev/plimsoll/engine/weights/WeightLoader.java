package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.linear.Fp8Linear;
import dev.plimsoll.engine.linear.Fp8Products;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.LinearWeights;
import dev.plimsoll.engine.linear.Nf4;
import dev.plimsoll.engine.linear.PackedLinear;
import dev.plimsoll.engine.linear.ResidentLinear;
import dev.plimsoll.engine.linear.SharedMatrix;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.hf.ModelTensors;
import dev.plimsoll.model.hf.TensorView;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;
import dev.plimsoll.wire.run.Projection;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Brings a files to the device, tensor by tensor. */
public final class WeightLoader {

    private static final int NF4_TENSORS = 4;

    /**
     * What weights become.
     *
     * @param part of the model that is loaded
     * @param format of the layers' matrices; BF16 means the compute precision, whatever it is
     * @param quantize with the methods of quantize.py
     * @param spread of packed formats, otherwise null
     * @param fp8Products whether fp8 weights are multiplied as they are
     */
    public record Target(
            LinearSizes sizes,
            ModelPart part,
            Precision precision,
            WeightFormat format,
            boolean embeddingOnHost,
            QuantizeScript quantize,
            PackedLinear.Spread spread,
            Nf4 nf4,
            boolean fp8Products) {

        Collection<Linear> everSpread() {
            return fp8Products ? Fp8Products.SPREAD : Linear.all();
        }
    }

    private final WeightFiles files;
    private final Target target;
    private final LinearSizes sizes;
    private final DeviceTensors tensors;
    private final Precision precision;
    private final Scope into;
    private final DeviceUpload upload;
    private final SharedMatrix shared;
    private final Account account;
    private long bytes;

    public WeightLoader(
            WeightFiles files,
            Target target,
            DeviceTensors tensors,
            DeviceUpload upload,
            Account account,
            HeldScope run) {
        this.files = files;
        this.target = target;
        this.sizes = target.sizes();
        this.tensors = tensors;
        this.precision = target.precision();
        this.upload = upload;
        this.account = account;
        this.into = run.scope();
        this.shared = target.spread() == null
                ? null
                : new SharedMatrix(tensors, run, sizes, precision, target.everSpread());
    }

    public LlamaWeights load() {
        LlamaConfig config = sizes.config();
        int hidden = config.hiddenSize();
        ModelPart part = target.part();
        boolean onHost = part.embedding() && target.embeddingOnHost() && !config.tiedEmbeddings();
        Tensor embedding = null;
        if (part.embedding()) {
            embedding = onHost ? hostEmbedding() : table(ModelTensors.EMBEDDING);
        }
        List<LayerWeights> layers = new ArrayList<>();
        for (int layer = part.from(); layer < part.to(); layer++) {
            layers.add(layer("model.layers." + layer + "."));
        }
        if (!part.head()) {
            return new LlamaWeights(embedding, onHost, layers, null, null, bytes);
        }
        Tensor norm = tensor("model.norm.weight", hidden);
        boolean tied = config.tiedEmbeddings();
        Tensor head = tied && part.embedding()
                ? embedding
                : table(tied ? ModelTensors.EMBEDDING : ModelTensors.HEAD);
        return new LlamaWeights(embedding, onHost, layers, norm, head, bytes);
    }

    /** [v, h]. */
    private Tensor table(String name) {
        return tensor(name, sizes.config().vocabSize(), sizes.config().hiddenSize());
    }

    private LayerWeights layer(String prefix) {
        LlamaConfig config = sizes.config();
        int hidden = config.hiddenSize();
        int d = config.headDim();
        Map<Linear, LinearWeights> linears = new EnumMap<>(Linear.class);
        for (Linear linear : Linear.all()) {
            linears.put(linear, linear(prefix, linear));
        }
        return new LayerWeights(
                tensor(prefix + "input_layernorm.weight", hidden),
                tensor(prefix + "post_attention_layernorm.weight", hidden),
                bias(prefix, Linear.QKV, config.queryKeyValueBias()),
                bias(prefix, Linear.OUT, config.outputBias()),
                config.queryKeyNorm() ? tensor(prefix + "self_attn.q_norm.weight", d) : nothing(),
                config.queryKeyNorm() ? tensor(prefix + "self_attn.k_norm.weight", d) : nothing(),
                linears);
    }

    private Tensor hostEmbedding() {
        LlamaConfig config = sizes.config();
        TensorView view =
                files.tensor(ModelTensors.EMBEDDING, config.vocabSize(), config.hiddenSize());
        return new DeviceTensors(script(), DeviceTensors.CPU).weight(into, view, precision);
    }

    private LinearWeights linear(String prefix, Linear linear) {
        if (target.spread() == null) {
            return resident(prefix, linear);
        }
        return target.format() == WeightFormat.NF4 ? nf4(prefix, linear) : fp8(prefix, linear);
    }

    private LinearWeights nf4(String prefix, Linear linear) {
        List<PackedLinear.Part> parts = new ArrayList<>();
        int columns = sizes.columns(linear);
        for (Projection p : linear.projections()) {
            int rows = sizes.config().outFeatures(p);
            charge(target.format().bytes(rows, columns));
            try (Scope single = script().scope()) {
                TensorView view = view(prefix, p, rows, columns);
                Tensor full = upload.load(single, view, TorchDtype.of(precision));
                TensorList list = target.nf4().quantize(single, view.name(), full, rows, columns);
                parts.add(new PackedLinear.Part(rows, columns, elements(list, NF4_TENSORS)));
            }
        }
        return new PackedLinear(script(), linear, target.format(), parts, target.spread(), shared);
    }

    /**
     * One matrix of codes for all projections that share their input, so that they are one product.
     */
    private LinearWeights fp8(String prefix, Linear linear) {
        QuantizeScript quantize = target.quantize();
        int columns = sizes.columns(linear);
        int allRows = sizes.rows(linear);
        long size = target.format().bytes(allRows, columns);
        charge(size);
        TensorList room = quantize.fp8Room(into, allRows, columns, tensors.device());
        int row = 0;
        for (Projection p : linear.projections()) {
            int rows = sizes.config().outFeatures(p);
            try (Scope single = script().scope()) {
                Tensor full = upload.load(
                        single, view(prefix, p, rows, columns), TorchDtype.of(precision));
                quantize.fp8Put(room, row, quantize.fp8Quantize(single, full));
            }
            row += rows;
        }
        List<Tensor> both = elements(room, 2);
        List<PackedLinear.Part> parts = List.of(new PackedLinear.Part(allRows, columns, both));
        PackedLinear packed =
                new PackedLinear(script(), linear, target.format(), parts, target.spread(), shared);
        if (!target.fp8Products()) {
            return packed;
        }
        int tail = sizes.tail(linear);
        long beside = (long) tail * (allRows + columns) * precision.bytes();
        charge(beside);
        TensorList list =
                script().beside(into, both.get(0), both.get(1), tail, TorchDtype.of(precision));
        return new Fp8Linear(script(), packed, both.get(0), both.get(1), list, size + beside);
    }

    private List<Tensor> elements(TensorList list, int count) {
        List<Tensor> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(target.quantize().element(into, list, i));
        }
        return values;
    }

    private LinearWeights resident(String prefix, Linear linear) {
        long size = sizes.matrixElements(linear) * precision.bytes();
        charge(size);
        int columns = sizes.columns(linear);
        Tensor matrix = script().zerosMatrix(
                        into,
                        sizes.outputWidth(linear),
                        sizes.inputWidth(linear),
                        TorchDtype.of(precision),
                        tensors.device());
        int row = 0;
        for (Projection p : linear.projections()) {
            int rows = sizes.config().outFeatures(p);
            try (Scope single = script().scope()) {
                Tensor part = upload.load(
                        single, view(prefix, p, rows, columns), TorchDtype.of(precision));
                script().put(matrix, row, 0, part);
            }
            row += rows;
        }
        TensorList around = script().around(into, matrix, row, columns);
        return new ResidentLinear(script(), linear, around, size);
    }

    private TensorView view(String prefix, Projection p, int rows, int columns) {
        return files.tensor(prefix + p.block() + "." + p.moduleName() + ".weight", rows, columns);
    }

    /** The biases of a linear map's projections behind each other. */
    private Tensor bias(String prefix, Linear linear, boolean present) {
        if (!present) {
            return nothing();
        }
        int device = tensors.device();
        Tensor all = script().zeros(into, sizes.rows(linear), TorchDtype.of(precision), device);
        charge((long) sizes.rows(linear) * precision.bytes());
        int at = 0;
        for (Projection p : linear.projections()) {
            int rows = sizes.config().outFeatures(p);
            String name = prefix + p.block() + "." + p.moduleName() + ".bias";
            try (Scope single = script().scope()) {
                Tensor part =
                        upload.load(single, files.tensor(name, rows), TorchDtype.of(precision));
                script().putVector(all, at, part);
            }
            at += rows;
        }
        return all;
    }

    private Tensor nothing() {
        return script().zeros(into, 0, TorchDtype.of(precision), tensors.device());
    }

    private Tensor tensor(String name, long... shape) {
        TensorView view = files.tensor(name, shape);
        charge(view.elements() * precision.bytes());
        return upload.load(into, view, TorchDtype.of(precision));
    }

    private void charge(long size) {
        account.hold(size);
        bytes += size;
    }

    private LlamaScript script() {
        return tensors.script();
    }
}
