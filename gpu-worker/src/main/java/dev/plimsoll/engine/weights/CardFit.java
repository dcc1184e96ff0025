package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.shapes.AdapterSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;
import dev.plimsoll.model.shapes.WeightSizes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whether a model fits a card before it is loaded, from its shape alone.
 *
 * @param part of the model: all of it on a card of its own
 * @param loraParameters of the adapter, of the part's layers
 * @param embeddingOnHost the table of input tokens stays in host memory; a tied head is on the card
 *     all the same
 * @param workBytes the least that a micro-batch needs, matrices being dequantized included; 0 where
 *     not known
 */
public record CardFit(
        ModelPart part, long loraParameters, boolean embeddingOnHost, long workBytes) {

    /** Less than this beside the weights is little room. */
    private static final long COMFORT_BYTES = 6L << 30;

    public CardFit {
        if (loraParameters < 0 || workBytes < 0) {
            throw new IllegalArgumentException("loraParameters is " + loraParameters
                    + " and workBytes is " + workBytes + "; neither may be negative");
        }
    }

    /** Of the whole model. */
    public CardFit(
            LlamaConfig config, long loraParameters, boolean embeddingOnHost, long workBytes) {
        this(ModelPart.all(config), loraParameters, embeddingOnHost, workBytes);
    }

    /**
     * Refuses a card that is too small for its part of the weights, before they are read. Says
     * whether the table of input tokens should stay in host memory: where little room would be left
     * for activations beside it. Wide precisions, which are for checks, and a card whose memory
     * nobody can tell are not judged.
     */
    public static boolean embeddingGoesToHost(
            DevicePlace place, ModelPart part, AdapterLayout layout) {
        MemoryReading reading = place.meter().read();
        if (place.isCpu() || place.precision() != Precision.BF16 || reading.totalBytes() == 0) {
            return false;
        }
        return embeddingGoesToHost(
                place.format(), reading.freeBytes(), part, layout.totalParameters());
    }

    /**
     * The same for a card with so many bytes free, which computes in bf16.
     *
     * @param loraParameters of the adapter, of the part's layers
     */
    public static boolean embeddingGoesToHost(
            WeightFormat format, long freeBytes, ModelPart part, long loraParameters) {
        boolean onHost = part.embedding()
                && !new CardFit(part, loraParameters, false, COMFORT_BYTES).fits(format, freeBytes);
        new CardFit(part, loraParameters, onHost, 0).require(format, freeBytes);
        return onHost;
    }

    /** Of the frozen weights on the card. */
    public long weightBytes(WeightFormat format) {
        return sizes().matrixBytes(format) + embeddingBytes() + headBytes() + normBytes();
    }

    /** Of all that must be there at once. */
    public long neededBytes(WeightFormat format) {
        return weightBytes(format) + adapterBytes() + workBytes;
    }

    /** Whether every matrix of the layers can be kept in that format. */
    public boolean possible(WeightFormat format) {
        return sizes().possible(format);
    }

    public boolean fits(WeightFormat format, long freeBytes) {
        return possible(format) && neededBytes(format) <= freeBytes;
    }

    /**
     * Refuses a format that does not fit, with what is needed, term by term, what is there, and
     * what would fit.
     */
    public void require(WeightFormat format, long freeBytes) {
        if (!possible(format)) {
            throw new ModelException("the model cannot be kept in " + format.label()
                    + ": a matrix's elements are not a multiple of " + WeightFormat.NF4_BLOCK
                    + "; choose precision bf16 or fp8");
        }
        if (fits(format, freeBytes)) {
            return;
        }
        String terms = terms(format).entrySet().stream()
                .filter(term -> term.getValue() > 0)
                .map(term -> term.getKey() + " " + text(term.getValue()))
                .collect(Collectors.joining(", "));
        throw new ModelException("the model needs " + text(neededBytes(format)) + " in "
                + format.label() + " (" + terms + "); this card has " + text(freeBytes) + " free; "
                + advice(format, freeBytes));
    }

    private String advice(WeightFormat refused, long freeBytes) {
        List<String> fitting = new ArrayList<>();
        List<String> tooLarge = new ArrayList<>();
        for (WeightFormat other : WeightFormat.values()) {
            if (other != refused && possible(other)) {
                String sized = other.label() + " (" + text(neededBytes(other)) + ")";
                (fits(other, freeBytes) ? fitting : tooLarge).add(sized);
            }
        }
        if (!fitting.isEmpty()) {
            return String.join(" and ", fitting)
                    + (fitting.size() == 1 ? " fits" : " fit")
                    + (isWhole() ? ", or several cards share the model (devices)" : "");
        }
        return String.join(" and ", tooLarge)
                + (tooLarge.size() == 1 ? " does" : " do")
                + " not fit either; use a larger card"
                + (isWhole() ? ", several that share the model (devices)" : "")
                + " or a smaller model"
                + (embeddingBytes() > 0 && !config().tiedEmbeddings()
                        ? ", or keep the embedding on the host"
                        : "");
    }

    private boolean isWhole() {
        return part.layers() == part.whole().layers();
    }

    private Map<String, Long> terms(WeightFormat format) {
        Map<String, Long> terms = new LinkedHashMap<>();
        terms.put("layers", sizes().matrixBytes(format));
        terms.put(
                isShared() && !embeddingOnHost ? "embedding, which is the head" : "embedding",
                embeddingBytes());
        terms.put("head", headBytes());
        terms.put("norms", normBytes());
        terms.put("adapter and gradients", adapterBytes());
        terms.put("room to work", workBytes);
        return terms;
    }

    private long adapterBytes() {
        return new AdapterSizes(loraParameters, Precision.BF16).allBytes();
    }

    private long embeddingBytes() {
        return embeddingOnHost || !part.embedding() ? 0 : tableBytes();
    }

    /** Whether the embedding is the head too, and both are here. */
    private boolean isShared() {
        return config().tiedEmbeddings() && part.embedding() && part.head();
    }

    private long headBytes() {
        return !part.head() || isShared() && !embeddingOnHost ? 0 : tableBytes();
    }

    private long tableBytes() {
        return Precision.BF16.bytes() * sizes().tableElements();
    }

    /** Norms, and biases where there are some. */
    private long normBytes() {
        return Precision.BF16.bytes() * sizes().vectorElements();
    }

    private WeightSizes sizes() {
        return new WeightSizes(config());
    }

    private LlamaConfig config() {
        return part.config();
    }

    /** With one digit, in the largest binary unit that is not above it. */
    public static String text(long bytes) {
        if (bytes >= 1L << 30) {
            return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
        }
        if (bytes >= 1L << 20) {
            return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20));
        }
        return String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
    }
}
