package dev.plimsoll.engine.decode;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.script.DecodeScript;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.Precision;

import java.util.Arrays;
import java.util.stream.LongStream;

/** The tokens of one text whose keys and values are in the cache, and what adds to them. */
final class CachedText implements AutoCloseable {

    /** Tokens that go through the model at once; a longer prompt goes in pieces. */
    private static final int TOKENS_AT_ONCE = 1024;

    private final DecoderModel model;
    private final DecodeScript script;
    private final LlamaConfig config;
    private final HeldScope held;
    private final LayerSteps layers;
    private final TensorList angles;
    private final int[] tokens;
    private int count;

    /** @param positions so many tokens have room */
    CachedText(DecoderModel model, int positions) {
        this.model = model;
        this.script = model.script();
        this.config = model.config();
        this.tokens = new int[positions];
        this.held = new HeldScope(script, model.place().account());
        try {
            held.hold(new CacheFit(config, model.place().precision(), positions).cacheBytes());
            this.layers = new LayerSteps(model, held.scope(), positions);
            this.angles = angles(held.scope(), 0, positions, 1);
        } catch (RuntimeException e) {
            held.close();
            throw e;
        }
    }

    int positions() {
        return tokens.length;
    }

    /**
     * Forgets all but the beginning that a prompt shares with what is there; its last token is
     * always new, since its logits are wanted. Returns how many tokens stay.
     */
    int keep(int[] prompt) {
        // where frequencies depend on the text's length, what is there belongs to another length
        int same = steady(prompt.length)
                ? Arrays.mismatch(prompt, 0, prompt.length, tokens, 0, count)
                : 0;
        count = Math.min(same < 0 ? prompt.length : same, prompt.length - 1);
        return count;
    }

    void forget() {
        count = 0;
    }

    /** Adds the tokens behind those that are there; the logits behind the last, [v]. */
    Tensor add(Scope into, int... added) {
        int total = count + added.length;
        if (total > tokens.length) {
            throw new IllegalArgumentException("the text has " + total
                    + " tokens and the cache has room for " + tokens.length);
        }
        for (int from = 0; ; from += TOKENS_AT_ONCE) {
            int[] piece =
                    Arrays.copyOfRange(added, from, Math.min(added.length, from + TOKENS_AT_ONCE));
            try (Scope step = script.scope()) {
                Tensor x = layers.through(
                        step, embedded(step, piece), turns(step, piece, total), count);
                System.arraycopy(piece, 0, tokens, count, piece.length);
                count += piece.length;
                if (count == total) {
                    return script.logits(
                            into, x, model.weights().norm(), model.weights().head(), model.eps());
                }
            }
        }
    }

    /** The first hidden states [t, h]; a single token's is a window into the table. */
    private Tensor embedded(Scope into, int[] piece) {
        boolean onHost = model.weights().embeddingOnHost();
        Tensor table = model.weights().embedding();
        Tensor x;
        if (piece.length == 1) {
            x = model.llama().rows(into, table, piece[0], 1);
        } else {
            DeviceTensors where =
                    onHost ? new DeviceTensors(model.llama(), DeviceTensors.CPU) : model.tensors();
            long[] ids = Arrays.stream(piece).asLongStream().toArray();
            x = model.llama().embed(into, table, where.integers(into, ids, TorchDtype.INT64));
        }
        int dtype = TorchDtype.of(model.place().precision());
        return onHost ? model.llama().place(into, x, dtype, model.tensors().device()) : x;
    }

    /** @param total tokens of the text with all that is added */
    private TensorList turns(Scope into, int[] piece, int total) {
        int end = count + piece.length;
        return steady(total)
                ? script.rows(into, angles, count, end)
                : angles(into, count, end, total);
    }

    private boolean steady(int total) {
        return total <= config.rope().steadyTokens();
    }

    private TensorList angles(Scope into, int start, int end, int total) {
        try (Scope temporary = script.scope()) {
            double[] frequencies = config.rope().inverseFrequencies(config.headDim(), total);
            long[] positions = LongStream.range(start, end).toArray();
            return script.angles(
                    into,
                    model.tensors().integers(temporary, positions, TorchDtype.INT64),
                    model.tensors().doubles(temporary, frequencies, Precision.FP64),
                    config.rope().attentionScaling(),
                    model.weights().norm());
        }
    }

    @Override
    public void close() {
        held.close();
    }
}
