package dev.plimsoll.engine;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.List;

/**
 * A frozen Llama with a LoRA adapter on one card or on several, and the sum of the gradients of
 * what it has trained.
 *
 * <p>It belongs to the thread that opened it; every other thread is refused with an
 * {@link IllegalStateException}. The gradient sum is unnormalised: the division by the step's
 * tokens happens once, in the fold. Whatever the split into micro-batches and whatever the memory
 * plan, the sum is the same up to rounding.
 */
public interface TrainingEngine extends AutoCloseable {

    /** The canonical order of the adapter's parameters: of the flat vectors below. */
    AdapterLayout layout();

    /** Of the first card, which stands for the others: they have one kind and one precision. */
    EngineDevice device();

    /**
     * Its cards with their parts of the model, in the order of the layers: one or more, fixed at
     * the start.
     */
    default List<EngineCard> cards() {
        int layers = layout().config().layers();
        return List.of(new EngineCard(device(), meter(), 0, layers, true, true));
    }

    /** Replaces the adapter by a copy of flat, which has layout().totalParameters() values. */
    void loadAdapter(long version, float[] flat);

    /** The same in double precision; without loss only in an fp64 engine. */
    void loadAdapter(long version, double[] flat);

    /**
     * Forward and backward of the sequences as one packed micro-batch. Adds its gradients to the
     * sum if and only if all of them are complete and finite; a failed micro-batch leaves the sum,
     * the live handles and the used bytes as they were.
     *
     * @param listener called after each layer of the forward and of the backward pass
     */
    default MicroBatchResult.OfTraining train(
            List<PackedSequence> sequences, MemoryPlan plan, LayerListener listener) {
        return train(sequences, plan, listener, SumSharing.NONE);
    }

    /**
     * The same; and if it is asked for, the sum is taken with it, as by {@link #takeSum} afterwards
     * and with the same bits, but handed over in parts while the backward pass goes on. Where that
     * would hold the device up, the engine does not share. A micro-batch that fails leaves the sum
     * as it was.
     */
    MicroBatchResult.OfTraining train(
            List<PackedSequence> sequences,
            MemoryPlan plan,
            LayerListener listener,
            SumSharing sharing);

    /**
     * Forward only: the loss that {@link #train} tells of the same micro-batch, without a gradient.
     * Of the memory plan, what it says of recomputing and offloading has no meaning. The sum, the
     * live handles and the used bytes are as they were.
     *
     * @param listener called after each layer
     */
    MicroBatchResult.OfEvaluation evaluate(
            List<PackedSequence> sequences, MemoryPlan plan, LayerListener listener);

    /** Next-token logits of one sequence, [tokens × vocabulary] row-major. For parity checks. */
    double[] logits(PackedSequence sequence);

    /** Copies into.length values of the flat gradient sum, starting at parameter number from. */
    void readGradientSum(int from, float[] into);

    /** The same in double precision; without loss only in an fp64 engine. */
    void readGradientSum(int from, double[] into);

    void zeroGradientSum();

    /**
     * Replaces the adapter and its moments; the engine folds from here on, until an adapter is
     * loaded without them. Where the optimizer lives (device or host) is the engine's choice, made
     * once; its memory is in the meter's used bytes from here on. The gradient sum stays, what was
     * taken of it before is forgotten.
     */
    void loadState(AdapterState state);

    /** Of the parameters, as of all of one shard; of the version that was loaded or folded last. */
    long digest();

    /**
     * The sum as it travels, rounded by the contribution's random numbers for bf16; the sum is zero
     * afterwards. What travels is kept for {@link #foldTaken} until the next call.
     */
    TakenSum takeSum(long contribution, TensorDtype dtype, ShardLayout layout);

    /**
     * Makes the next version of the sum that was taken last; the digest of its parameters. Numbers
     * that do not follow the version and its updates are refused.
     */
    long foldTaken(FoldNumbers numbers);

    /** Makes the next version of the sum; the digest of its parameters. */
    long fold(FoldNumbers numbers, WireVector sum);

    /**
     * Sequences of up to so many tokens will come: takes host memory for what must be offloaded for
     * the longest that the card can train, as far as the host can well spare it. To be called
     * before the first micro-batch, once what stays on the device is there.
     */
    default void expectSequences(int longestTokens) {
        expectSequences(longestTokens, meter().read());
    }

    /** The same on a card of which so much is to be used; a benchmark's may be a smaller one. */
    default void expectSequences(int longestTokens, MemoryReading card) {}

    /** Between steps: takes host memory that the next step may need. */
    default void betweenSteps() {}

    /** Host memory that is pinned for what layers leave there. */
    default long pinnedBytes() {
        return 0;
    }

    /** Of the first card. */
    GpuMeter meter();

    /** Native tensors and values held now: flat from micro-batch to micro-batch. */
    int liveHandles();

    @Override
    void close();
}
