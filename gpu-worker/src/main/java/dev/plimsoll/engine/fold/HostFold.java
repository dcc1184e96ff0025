package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.SumSharing;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.Replica;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.Optional;

/** On Java's heap, by {@link Replica}; the adapter is sent to the device after each fold. */
final class HostFold implements AdapterFold {

    private final EngineVectors vectors;
    private final AdamW adamW;
    private Replica replica;
    private float[] taken;
    private long digest;

    HostFold(EngineVectors vectors, AdamW adamW) {
        this.vectors = vectors;
        this.adamW = adamW;
    }

    @Override
    public void load(AdapterState state) {
        taken = null;
        replica = new Replica(
                vectors.firstParameter(),
                state.version(),
                state.updates(),
                new AdamW.Vectors(state.master(), state.firstMoment(), state.secondMoment()));
        written();
    }

    @Override
    public TakenSum take(long contribution, TensorDtype dtype, ShardLayout layout) {
        WireVectors.require(layout, vectors.parameters());
        WireVector vector = takeVector(contribution, dtype);
        return new TakenSum(contribution, vector, WireVectors.squaredNorms(taken, layout));
    }

    @Override
    public WireVector takeVector(long contribution, TensorDtype dtype) {
        float[] values = new float[vectors.parameters()];
        vectors.model().tensors().read(vectors.sum(), 0, values);
        byte[] bytes = WireVectors.encode(values, dtype, contribution, vectors.firstParameter());
        vectors.model().script().clear(vectors.sum());
        taken = values;
        return new WireVector(dtype, bytes);
    }

    @Override
    public Optional<SumParts> parts(SumSharing.Order order, SumParts.Listener listener) {
        if (vectors.model().tensors().device() != DeviceTensors.CPU) {
            return Optional.empty();
        }
        taken = null; // as on a device, where the room is one
        return Optional.of(new HostParts(vectors, order, listener, values -> taken = values));
    }

    @Override
    public long foldTaken(FoldNumbers numbers) {
        if (taken == null) {
            throw new IllegalStateException(
                    "no sum was taken since the state was loaded, or the parts of another were "
                            + "begun since and not finished");
        }
        return fold(numbers, taken);
    }

    @Override
    public long fold(FoldNumbers numbers, WireVector sum) {
        WireVectors.require(sum, vectors.parameters());
        return fold(numbers, WireVectors.decode(sum));
    }

    private long fold(FoldNumbers numbers, float[] sum) {
        new Progress(replica.version()).next(numbers);
        replica.fold(adamW, sum, numbers.gradientScale(), numbers.update(), numbers.learningRate());
        written();
        return digest;
    }

    private void written() {
        vectors.adapter().load(replica.version(), replica.master());
        digest = replica.digest();
    }

    @Override
    public long digest() {
        return digest;
    }

    @Override
    public void close() {}
}
