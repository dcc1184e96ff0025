package dev.plimsoll.engine.decode;

import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.MainMemory;
import dev.plimsoll.engine.weights.CardFit;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;
import dev.plimsoll.model.shapes.WeightSizes;

import java.util.Locale;

/** Whether weights and key-value cache fit a device, from the model's shape alone. */
public record CacheFit(LlamaConfig config, Precision precision, int positions) {

    /** Keys and values of every layer, and the angles of every position. */
    public long cacheBytes() {
        long layer = 2L * config.keyValueHeads() * config.headDim();
        long angles = 2L * config.headDim();
        return (config.layers() * layer + angles) * positions * precision.bytes();
    }

    /**
     * Refuses a device that is too small for both, before the weights are read. Says whether the
     * table of input tokens must stay in host memory, because it does not fit beside them. A device
     * whose memory nobody can tell is not judged.
     */
    public boolean embeddingGoesToHost(DevicePlace place) {
        MemoryReading reading = place.meter().read();
        if (reading.totalBytes() == 0) {
            return false;
        }
        long free = place.isCpu()
                ? Math.min(reading.freeBytes(), MainMemory.availableBytes())
                : reading.freeBytes();
        if (weightBytes(place.format(), false) + cacheBytes() <= free) {
            return false;
        }
        long least = weightBytes(place.format(), !place.isCpu());
        if (least + cacheBytes() <= free) {
            return true;
        }
        throw new ModelException(String.format(
                Locale.ROOT,
                "the key-value cache of %,d positions needs %s and the weights need %s; %s has %s"
                        + " free; give a smaller --context, fewer --max-new-tokens or another"
                        + " --precision",
                positions,
                CardFit.text(cacheBytes()),
                CardFit.text(least),
                place.isCpu() ? "this machine" : "this card",
                CardFit.text(free)));
    }

    private long weightBytes(WeightFormat format, boolean embeddingOnHost) {
        if (format != WeightFormat.BF16) {
            return new CardFit(config, 0, embeddingOnHost, 0).weightBytes(format);
        }
        WeightSizes sizes = new WeightSizes(config);
        boolean apart = embeddingOnHost && !config.tiedEmbeddings();
        return (sizes.parameters() - (apart ? sizes.tableElements() : 0)) * precision.bytes();
    }
}
