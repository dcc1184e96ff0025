package dev.plimsoll.engine.stage;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.fold.AdapterFold;
import dev.plimsoll.engine.fold.EngineVectors;
import dev.plimsoll.engine.fold.LiveAdapter;
import dev.plimsoll.engine.script.Tensor;

import java.util.Optional;

/** The adapter of a stage, and its fold once a state was loaded. Belongs to the stage's thread. */
public final class FoldingAdapter implements AutoCloseable {

    private final StageParts parts;
    private final LiveAdapter adapter;
    private final int firstParameter;
    private AdapterFold fold;
    private boolean hasState;

    /** @param firstParameter of the stage, counted over the whole adapter */
    public FoldingAdapter(StageParts parts, int firstParameter) {
        this.parts = parts;
        this.firstParameter = firstParameter;
        this.adapter = new LiveAdapter(parts.model(), parts.layout());
    }

    /** Without moments: it cannot be folded. */
    public void load(long version, float[] flat) {
        hasState = false;
        adapter.load(version, flat);
    }

    /** The same in double precision. */
    public void load(long version, double[] flat) {
        hasState = false;
        adapter.load(version, flat);
    }

    public void load(AdapterState state) {
        hasState = false;
        if (fold == null) {
            fold = parts.folds()
                    .choose(new EngineVectors(
                            parts.layout(),
                            firstParameter,
                            parts.model(),
                            parts.sum(),
                            parts.scratch(),
                            adapter));
        }
        fold.load(state);
        hasState = true;
    }

    public Optional<AdapterFold> fold() {
        return hasState ? Optional.of(fold) : Optional.empty();
    }

    /** Refuses an adapter without moments. */
    public AdapterFold folding() {
        return fold().orElseThrow(() -> new IllegalStateException(
                "an adapter without its moments cannot be folded; load a state first"));
    }

    /** In the compute precision; the same until the next load. */
    public Tensor flat() {
        return adapter.flat();
    }

    @Override
    public void close() {
        Optional.ofNullable(fold).ifPresent(AdapterFold::close);
        adapter.close();
    }
}
