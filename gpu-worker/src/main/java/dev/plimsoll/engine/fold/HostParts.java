package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.SumSharing;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.model.shapes.Precision;

import java.util.function.Consumer;

/** On a CPU, where what the device was given is done already. */
final class HostParts implements SumParts {

    private final EngineVectors vectors;
    private final SumSharing.Order order;
    private final Listener listener;
    private final Consumer<float[]> finished;
    private final LayerRanges ranges;
    private final float[] values;
    private final WireVector vector;

    /** @param finished is given the values that travel */
    HostParts(
            EngineVectors vectors,
            SumSharing.Order order,
            Listener listener,
            Consumer<float[]> finished) {
        WireVectors.require(order.layout(), vectors.parameters());
        this.vectors = vectors;
        this.order = order;
        this.listener = listener;
        this.finished = finished;
        this.ranges = new LayerRanges(vectors.layout());
        this.values = new float[vectors.parameters()];
        this.vector = new WireVector(
                order.dtype(), new byte[WireVectors.bytes(values.length, order.dtype())]);
    }

    @Override
    public void layer(int layer) {
        int from = ranges.from(layer);
        float[] part = added(from, ranges.length(layer));
        if (part.length == 0) {
            return;
        }
        WireVectors.encode(
                part,
                order.dtype(),
                order.contribution(),
                (long) vectors.firstParameter() + from,
                vector.bytes(),
                from);
        System.arraycopy(part, 0, values, from, part.length);
        listener.part(vector, from, ranges.to(layer));
    }

    /** As the device adds them: in the wide precision. */
    private float[] added(int from, int length) {
        DeviceTensors tensors = vectors.model().tensors();
        float[] sums = new float[length];
        if (vectors.model().precision() == Precision.FP64) {
            double[] before = new double[length];
            double[] added = new double[length];
            tensors.read(vectors.sum(), from, before);
            tensors.read(vectors.scratch(), from, added);
            for (int i = 0; i < length; i++) {
                sums[i] = (float) (before[i] + added[i]);
            }
            return sums;
        }
        float[] added = new float[length];
        tensors.read(vectors.sum(), from, sums);
        tensors.read(vectors.scratch(), from, added);
        for (int i = 0; i < length; i++) {
            sums[i] += added[i];
        }
        return sums;
    }

    @Override
    public TakenSum finish() {
        vectors.model().script().clear(vectors.sum());
        finished.accept(values);
        return new TakenSum(
                order.contribution(), vector, WireVectors.squaredNorms(values, order.layout()));
    }

    @Override
    public void close() {}
}
