package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.engine.fold.WireVectors;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The adapter and the gradient sum of all cards as one flat vector. It is ordered by layers, so
 * each card has one range of it; what is rounded, folded or counted has the bits of a single
 * engine's.
 */
record WideAdapter(List<Stage> stages, int parameters) {

    /** Replaces the adapter; without moments it cannot be folded. */
    void load(long version, float[] flat) {
        requireValues(version, flat.length);
        tell(stage -> stage.adapter()
                .load(
                        version,
                        Arrays.copyOfRange(flat, stage.firstParameter(), stage.endParameter())));
    }

    /** The same in double precision. */
    void load(long version, double[] flat) {
        requireValues(version, flat.length);
        tell(stage -> stage.adapter()
                .load(
                        version,
                        Arrays.copyOfRange(flat, stage.firstParameter(), stage.endParameter())));
    }

    private void requireValues(long version, int length) {
        if (length != parameters) {
            throw new IllegalArgumentException("version " + version + " of the adapter has "
                    + length + " values, the layout has " + parameters);
        }
    }

    /** Each card keeps and folds its own range. */
    void load(AdapterState state) {
        state.require(parameters);
        tell(stage ->
                stage.adapter().load(state.part(stage.firstParameter(), stage.endParameter())));
    }

    /** Copies into.length values of the sum, starting at parameter number from. */
    void readSum(int from, float[] into) {
        tell(stage -> {
            int start = Math.max(from, stage.firstParameter());
            int end = Math.min(from + into.length, stage.endParameter());
            if (start < end) {
                float[] part = new float[end - start];
                int at = start - stage.firstParameter();
                stage.model().tensors().read(stage.parts().sum(), at, part);
                System.arraycopy(part, 0, into, start - from, part.length);
            }
        });
    }

    /** The same in double precision. */
    void readSum(int from, double[] into) {
        tell(stage -> {
            int start = Math.max(from, stage.firstParameter());
            int end = Math.min(from + into.length, stage.endParameter());
            if (start < end) {
                double[] part = new double[end - start];
                int at = start - stage.firstParameter();
                stage.model().tensors().read(stage.parts().sum(), at, part);
                System.arraycopy(part, 0, into, start - from, part.length);
            }
        });
    }

    void clearSum() {
        tell(stage -> stage.model().script().clear(stage.parts().sum()));
    }

    /** A block of a norm may lie on two cards, so norms are computed where all values are. */
    TakenSum take(long contribution, TensorDtype dtype, ShardLayout shards) {
        requireState();
        WireVectors.require(shards, parameters);
        byte[] bytes = new byte[WireVectors.bytes(parameters, dtype)];
        tell(stage -> {
            WireVector part = stage.adapter().folding().takeVector(contribution, dtype);
            int at = WireVectors.bytes(stage.firstParameter(), dtype);
            System.arraycopy(part.bytes(), 0, bytes, at, part.bytes().length);
        });
        WireVector vector = new WireVector(dtype, bytes);
        return new TakenSum(contribution, vector, WireVectors.squaredNorms(vector, shards));
    }

    long foldTaken(FoldNumbers numbers) {
        requireState();
        return sum(AllCards.ask(stages, stage -> stage.adapter().folding().foldTaken(numbers)));
    }

    long fold(FoldNumbers numbers, WireVector sum) {
        requireState();
        WireVectors.require(sum, parameters);
        return sum(AllCards.ask(
                stages, stage -> stage.adapter().folding().fold(numbers, part(sum, stage))));
    }

    private static WireVector part(WireVector whole, Stage stage) {
        return new WireVector(
                whole.dtype(),
                Arrays.copyOfRange(
                        whole.bytes(),
                        WireVectors.bytes(stage.firstParameter(), whole.dtype()),
                        WireVectors.bytes(stage.endParameter(), whole.dtype())));
    }

    long digest() {
        requireState();
        return sum(AllCards.ask(stages, stage -> stage.adapter().folding().digest()));
    }

    /** Digests of parts add up to that of the whole. */
    private static long sum(List<Long> digests) {
        return digests.stream().mapToLong(digest -> digest).sum();
    }

    /** Before any card changes anything. */
    private void requireState() {
        tell(stage -> stage.adapter().folding());
    }

    private void tell(Consumer<Stage> order) {
        AllCards.tell(stages, order);
    }
}
