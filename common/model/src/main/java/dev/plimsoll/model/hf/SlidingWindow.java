package dev.plimsoll.model.hf;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Causal sliding window attention (Jiang et al. 2023, Mistral 7B, section 2): the query at position
 * i sees the keys at j with i − tokens &lt; j ≤ i, that is itself and the tokens − 1 before it.
 *
 * @param tokens the width, its own position included; 0: no layer has a window
 * @param fullLayers the layers that have full causal attention nonetheless, counted from 0
 */
public record SlidingWindow(int tokens, SortedSet<Integer> fullLayers) {

    /** Full causal attention in every layer. */
    public static final SlidingWindow NONE = new SlidingWindow(0, Collections.emptySortedSet());

    public SlidingWindow {
        if (tokens < 0 || tokens == 0 && !fullLayers.isEmpty()) {
            throw new IllegalArgumentException(
                    "a window of " + tokens + " tokens in all but layers " + fullLayers);
        }
        fullLayers = Collections.unmodifiableSortedSet(new TreeSet<>(fullLayers));
    }

    /** The same window in every layer, as in Mistral. */
    public static SlidingWindow everywhere(int tokens) {
        return new SlidingWindow(tokens, Collections.emptySortedSet());
    }

    /**
     * The window from that layer on and full attention before, as Qwen's max_window_layers means
     * it.
     */
    public static SlidingWindow from(int layer, int tokens) {
        return new SlidingWindow(
                tokens,
                IntStream.range(0, layer).boxed().collect(Collectors.toCollection(TreeSet::new)));
    }

    /** As the layers from one to before another have it, counted from the first of them. */
    SlidingWindow part(int from, int to) {
        return new SlidingWindow(
                tokens,
                fullLayers.subSet(from, to).stream()
                        .map(layer -> layer - from)
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** The width in that layer; 0: full causal attention. */
    public int of(int layer) {
        return fullLayers.contains(layer) ? 0 : tokens;
    }
}
