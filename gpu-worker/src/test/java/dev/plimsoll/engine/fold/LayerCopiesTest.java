package dev.plimsoll.engine.fold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.fold.LayerCopies.Piece;
import dev.plimsoll.engine.linear.AdapterTensors;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.LinearWeights;
import dev.plimsoll.engine.linear.ResidentLinear;
import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The table of copies, carried out by Java on a CPU, writes what a new adapter writes. */
@SuppressWarnings("restricted") // addresses of tensors on the CPU
class LayerCopiesTest {

    private static final LlamaConfig SHAPE = new LlamaConfig(
            32, 48, 2, 4, 2, 8, 96, 1e-5, new RopeSettings(10_000, null), false, 512, "float32");

    static Stream<Set<Projection>> targets() {
        return Stream.of(
                EnumSet.allOf(Projection.class),
                EnumSet.of(Projection.Q_PROJ, Projection.V_PROJ, Projection.DOWN_PROJ),
                EnumSet.of(Projection.UP_PROJ));
    }

    @ParameterizedTest
    @MethodSource("targets")
    void writeWhatANewAdapterWrites(Set<Projection> targets) {
        TorchScript.start(1);
        LoraSettings lora = new LoraSettings(3, 6, false, targets);
        AdapterLayout layout = new AdapterLayout(SHAPE, lora);
        LinearSizes sizes = new LinearSizes(SHAPE, lora, 16);
        float[] values = new float[layout.totalParameters()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i + 1;
        }
        try (LlamaScript script = LlamaScript.load(AttentionSource.COMPOSED);
                HeldScope scope = new HeldScope(script, Account.NONE)) {
            DeviceTensors tensors = new DeviceTensors(script, DeviceTensors.CPU);
            Tensor flat = tensors.floats(scope.scope(), values, Precision.FP32);
            List<Tensor> adopted = new ArrayList<>();
            List<TensorList> windows =
                    new AdapterTensors(layout, sizes).perLayer(tensors, scope, flat);
            List<LayerWeights> layers = layers(tensors, scope, sizes, adopted);
            for (int layer = 0; layer < layers.size(); layer++) {
                TensorList ofLayer = windows.get(layer);
                layers.get(layer).linears().values().forEach(linear -> linear.adopt(ofLayer));
            }

            List<Tensor> copied = new ArrayList<>();
            List<Piece> pieces = LayerCopies.pieces(
                    script, layers(tensors, scope, sizes, copied), layout, Float.BYTES);
            pieces.forEach(piece -> copy(piece, script.address(flat)));

            assertThat(pieces).hasSize(2 * SHAPE.layers() * targets.size());
            for (int i = 0; i < adopted.size(); i++) {
                assertThat(floats(tensors, copied.get(i)))
                        .isEqualTo(floats(tensors, adopted.get(i)));
            }
        }
    }

    private static float[] floats(DeviceTensors tensors, Tensor tensor) {
        float[] values = new float[(int) tensors.script().elements(tensor)];
        tensors.read(tensor, 0, values);
        return values;
    }

    /** As spread_adapter in optimizer.cu. */
    private static void copy(Piece piece, long flat) {
        for (long i = 0; i < piece.rows() * piece.columns(); i++) {
            long to = i / piece.columns() * piece.stride() + i % piece.columns();
            MemorySegment.ofAddress(piece.address())
                    .reinterpret(Float.BYTES * (to + 1))
                    .setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            to,
                            MemorySegment.ofAddress(flat)
                                    .reinterpret(Float.BYTES * (piece.from() + i + 1))
                                    .getAtIndex(ValueLayout.JAVA_FLOAT, piece.from() + i));
        }
    }

    /** @param matrices all of them, added */
    private static List<LayerWeights> layers(
            DeviceTensors tensors, HeldScope scope, LinearSizes sizes, List<Tensor> matrices) {
        LlamaScript script = tensors.script();
        List<LayerWeights> layers = new ArrayList<>();
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            Map<Linear, LinearWeights> linears = new EnumMap<>(Linear.class);
            for (Linear linear : Linear.all()) {
                Tensor matrix = script.zerosMatrix(
                        scope.scope(),
                        sizes.outputWidth(linear),
                        sizes.inputWidth(linear),
                        TorchDtype.FP32,
                        DeviceTensors.CPU);
                matrices.add(matrix);
                TensorList around = script.around(
                        scope.scope(), matrix, sizes.rows(linear), sizes.columns(linear));
                linears.put(linear, new ResidentLinear(script, linear, around, 0));
            }
            layers.add(new LayerWeights(null, null, null, null, null, null, linears));
        }
        return layers;
    }
}
