package dev.plimsoll.model.hf;

import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The canonical order of an adapter's parameters as one flat vector: for each layer, for each
 * targeted projection in enum order, A (loraRank × in) then B (out × loraRank), each row-major.
 * Gradients, moments and the wire use the same order.
 */
public final class AdapterLayout {

    /** One LoRA matrix inside the flat vector. */
    public record Slot(
            String peftName,
            int layer,
            Projection projection,
            boolean isA,
            int rows,
            int cols,
            int offset) {

        public int size() {
            return rows * cols;
        }
    }

    private final LlamaConfig config;
    private final LoraSettings lora;
    private final List<Slot> slots;
    private final Map<String, Slot> byName = new HashMap<>();
    private final int totalParameters;

    public AdapterLayout(LlamaConfig config, LoraSettings lora) {
        this.config = config;
        this.lora = lora;
        requireFits(config, lora);
        List<Slot> built = new ArrayList<>();
        int offset = 0;
        for (int layer = 0; layer < config.layers(); layer++) {
            for (Projection projection : lora.targets()) {
                Slot a = slot(layer, projection, true, offset);
                offset = Math.addExact(offset, a.size());
                Slot b = slot(layer, projection, false, offset);
                offset = Math.addExact(offset, b.size());
                built.add(a);
                built.add(b);
            }
        }
        this.slots = Collections.unmodifiableList(built);
        this.totalParameters = offset;
        slots.forEach(slot -> byName.put(slot.peftName(), slot));
    }

    private static void requireFits(LlamaConfig config, LoraSettings lora) {
        long features = 0;
        for (Projection projection : lora.targets()) {
            features += config.inFeatures(projection) + config.outFeatures(projection);
        }
        long parameters = features * lora.loraRank() * config.layers();
        if (parameters > Integer.MAX_VALUE) {
            throw new ModelException("an adapter of rank " + lora.loraRank() + " for the "
                    + config.layers() + " layers of this config.json has " + parameters
                    + " parameters, more than the " + Integer.MAX_VALUE
                    + " that one may have; give a smaller lora-rank or fewer targets");
        }
    }

    public LlamaConfig config() {
        return config;
    }

    public LoraSettings lora() {
        return lora;
    }

    public List<Slot> slots() {
        return slots;
    }

    public int totalParameters() {
        return totalParameters;
    }

    /** The slot of a PEFT tensor name, or null. */
    public Slot slot(String peftName) {
        return byName.get(peftName);
    }

    /** base_model.model.model.layers.N.self_attn.q_proj.lora_A.weight */
    public static String peftName(int layer, Projection projection, boolean isA) {
        return "base_model.model.model.layers." + layer + "." + projection.block() + "."
                + projection.moduleName() + (isA ? ".lora_A.weight" : ".lora_B.weight");
    }

    /**
     * The adapter that changes nothing yet: B is zero, and A is uniform in ±1/√in, which is PEFT's
     * kaiming_uniform with a = √5. Each tensor depends on the seed and its own name only.
     */
    public float[] initial(long seed) {
        float[] flat = new float[totalParameters];
        for (Slot slot : slots) {
            if (!slot.isA()) {
                continue;
            }
            SplittableRandom random = new SplittableRandom(seedOf(seed, slot.peftName()));
            double bound = 1.0 / Math.sqrt(slot.cols());
            for (int i = 0; i < slot.size(); i++) {
                flat[slot.offset() + i] = (float) (bound * (2 * random.nextDouble() - 1));
            }
        }
        return flat;
    }

    /** A 64-bit hash of the name (FNV-1a), started from the seed. */
    static long seedOf(long seed, String name) {
        long hash = 0xcbf29ce484222325L ^ seed;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    private Slot slot(int layer, Projection projection, boolean isA, int offset) {
        int rows = isA ? lora.loraRank() : config.outFeatures(projection);
        int cols = isA ? config.inFeatures(projection) : lora.loraRank();
        Math.multiplyExact(rows, cols);
        return new Slot(
                peftName(layer, projection, isA), layer, projection, isA, rows, cols, offset);
    }
}
