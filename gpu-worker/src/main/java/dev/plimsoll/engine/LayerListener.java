package dev.plimsoll.engine;

/**
 * Told of each finished layer pass, so that a worker can show that it is alive. Must return
 * quickly.
 */
@FunctionalInterface
public interface LayerListener {

    LayerListener NONE = (done, total) -> {};

    /** @param total twice the number of layers: forward and backward */
    void layer(int done, int total);
}
