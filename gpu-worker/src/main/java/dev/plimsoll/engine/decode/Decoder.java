package dev.plimsoll.engine.decode;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Continues texts, one at a time. It belongs to the thread that opened it. The cache keeps the text
 * that was last: a request that begins with it goes on from there.
 */
public final class Decoder implements AutoCloseable {

    private final DecoderModel model;
    private final CachedText text;

    /** @param positions the most tokens that a prompt and what follows may have */
    public Decoder(DecoderModel model, int positions) {
        this.model = model;
        this.text = new CachedText(model, positions);
    }

    public EngineDevice device() {
        return model.place().device();
    }

    /** Bytes of the cache. */
    public long cacheBytes() {
        return new CacheFit(model.config(), model.place().precision(), text.positions())
                .cacheBytes();
    }

    /** Most bytes of live tensors on the device so far, where the device tells. */
    public long peakBytes() {
        return model.place().meter().read().peakBytes();
    }

    /** Native tensors and values held now. */
    public int liveHandles() {
        return model.script().liveHandles() + model.llama().liveHandles();
    }

    /** @param written told of each new token but an end token, as soon as it is known */
    public Generated generate(GenerationRequest request, IntConsumer written) {
        requireUsable(request.prompt());
        try {
            return continued(request, written);
        } catch (RuntimeException e) {
            text.forget();
            throw NoRoom.told(e);
        }
    }

    private Generated continued(GenerationRequest request, IntConsumer written) {
        int[] prompt = request.prompt();
        long begun = System.nanoTime();
        try (Scope whole = model.script().scope()) {
            NextToken next = new NextToken(model, request.sampling(), whole);
            int kept = text.keep(prompt);
            int token = step(next, prompt, Arrays.copyOfRange(prompt, kept, prompt.length));
            long prefilled = System.nanoTime();
            List<Integer> tokens = new ArrayList<>();
            int room = Math.min(request.maxNewTokens(), text.positions() - prompt.length);
            while (true) {
                tokens.add(token);
                boolean ended = request.endIds().contains(token);
                if (!ended) {
                    written.accept(token);
                }
                if (ended || tokens.size() == room) {
                    return new Generated(
                            tokens,
                            ended ? Generated.Finish.END : Generated.Finish.LENGTH,
                            kept,
                            prefilled - begun,
                            System.nanoTime() - prefilled);
                }
                token = step(next, new int[] {token}, token);
            }
        }
    }

    /** @param came since the last choice, for the choice; added are those that are not cached */
    private int step(NextToken next, int[] came, int... added) {
        try (Scope step = model.script().scope()) {
            Tensor logits = text.add(step, added);
            return next.choose(logits, came);
        }
    }

    private void requireUsable(int[] prompt) {
        int vocabulary = model.config().vocabSize();
        for (int id : prompt) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException(
                        "the prompt has token " + id + "; the model has " + vocabulary + " tokens");
            }
        }
        if (prompt.length >= text.positions()) {
            throw new IllegalArgumentException("the prompt has " + prompt.length
                    + " tokens and the cache has room for " + text.positions()
                    + " with what follows");
        }
    }

    @Override
    public void close() {
        text.close();
        model.close();
    }
}
