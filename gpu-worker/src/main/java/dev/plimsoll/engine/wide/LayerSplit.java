package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.weights.CardFit;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;
import dev.plimsoll.model.shapes.WeightSizes;
import dev.plimsoll.wire.run.LoraSettings;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which layers each card gets, before anything is loaded. Where memory is plentiful on every card,
 * the cards get equal work, the head counted as so many layers. Otherwise they get weights in
 * proportion to their room: the card that is filled most is filled as little as can be.
 */
final class LayerSplit {

    /** So much left beside the weights is plenty. */
    private static final long PLENTY_BYTES = 6L << 30;

    /**
     * What a card has.
     *
     * @param name for people
     * @param bytes under its line, for weights, adapter and activations; Long.MAX_VALUE where
     *     nobody can tell
     * @param tableMayLeave whether the embedding goes to host memory where little would be left
     */
    record Room(
            String name,
            long bytes,
            WeightFormat format,
            Precision precision,
            boolean tableMayLeave) {

        static Room of(DevicePlace place) {
            MemoryReading reading = place.meter().read();
            boolean unknown = place.isCpu() && !place.isSimulatedCard();
            return of(
                    name(place.device().index(), place.device().name()),
                    reading.freeBytes(),
                    unknown ? 0 : reading.totalBytes(),
                    place.format(),
                    place.precision(),
                    !place.isCpu());
        }

        /**
         * @param totalBytes of the card; 0 where nobody can tell
         * @param gpu whether it is a real one, beside which host memory can hold the embedding
         */
        static Room of(
                String name,
                long freeBytes,
                long totalBytes,
                WeightFormat format,
                Precision precision,
                boolean gpu) {
            return new Room(
                    name,
                    totalBytes == 0
                            ? Long.MAX_VALUE
                            : freeBytes - MemoryLine.reserveBytes(totalBytes),
                    format,
                    precision,
                    gpu && precision == Precision.BF16);
        }

        static String name(int number, String device) {
            return "card " + number + " (" + device + ")";
        }

        boolean isKnown() {
            return bytes != Long.MAX_VALUE;
        }
    }

    private final LlamaConfig config;
    private final LoraSettings lora;
    private final List<Room> rooms;
    private final double headLayers;
    /** Of the adapter, by how many layers it is for. */
    private final Map<Integer, Integer> parameters = new HashMap<>();

    private LayerSplit(LlamaConfig config, LoraSettings lora, List<Room> rooms) {
        this.config = config;
        this.lora = lora;
        this.rooms = rooms;
        WeightSizes sizes = new WeightSizes(config);
        this.headLayers = (double) sizes.tableElements() * config.layers() / sizes.matrixElements();
    }

    /**
     * A part for each card, in the order of the cards. Cards that cannot hold the weights together
     * are refused with a {@link ModelException}.
     */
    static List<ModelPart> of(LlamaConfig config, LoraSettings lora, List<Room> rooms) {
        if (rooms.size() > config.layers()) {
            throw new ModelException("devices names " + rooms.size() + " cards, but the model has "
                    + config.layers() + " layers: name at most so many");
        }
        LayerSplit split = new LayerSplit(config, lora, rooms);
        List<ModelPart> equal = split.best((card, part) -> split.left(card, part) >= PLENTY_BYTES
                ? -split.work(part)
                : Double.NEGATIVE_INFINITY);
        if (!equal.isEmpty()) {
            return equal;
        }
        List<ModelPart> roomy = split.best((card, part) -> -split.filled(card, part));
        split.requireFits(roomy);
        return roomy;
    }

    /** How well a part lies on a card; minus infinity: not at all. */
    private interface Worth {
        double of(int card, ModelPart part);
    }

    /** The split whose worst card is best; empty where there is none. */
    private List<ModelPart> best(Worth worth) {
        int layers = config.layers();
        int cards = rooms.size();
        double[][] best = new double[cards + 1][layers + 1];
        int[][] from = new int[cards + 1][layers + 1];
        for (double[] row : best) {
            Arrays.fill(row, Double.NEGATIVE_INFINITY);
        }
        best[0][0] = Double.POSITIVE_INFINITY;
        for (int card = 1; card <= cards; card++) {
            for (int to = card; to <= layers; to++) {
                for (int start = card - 1; start < to; start++) {
                    double before = best[card - 1][start];
                    if (before == Double.NEGATIVE_INFINITY) {
                        continue;
                    }
                    double here = worth.of(card - 1, new ModelPart(config, start, to));
                    double worst = Math.min(before, here);
                    if (worst > best[card][to]) {
                        best[card][to] = worst;
                        from[card][to] = start;
                    }
                }
            }
        }
        if (best[cards][layers] == Double.NEGATIVE_INFINITY) {
            return List.of();
        }
        List<ModelPart> parts = new ArrayList<>();
        int to = layers;
        for (int card = cards; card > 0; card--) {
            parts.add(new ModelPart(config, from[card][to], to));
            to = from[card][to];
        }
        Collections.reverse(parts);
        return parts;
    }

    /** In layers. */
    private double work(ModelPart part) {
        return part.layers() + (part.head() ? headLayers : 0);
    }

    /** Which part of the card's room its weights, its adapter and gradients take. */
    private double filled(int card, ModelPart part) {
        Room room = rooms.get(card);
        return room.isKnown() ? (double) needed(room, part) / Math.max(1, room.bytes()) : 0;
    }

    /** Bytes beside weights, adapter and gradients. */
    private double left(int card, ModelPart part) {
        Room room = rooms.get(card);
        if (!room.isKnown()) {
            return PLENTY_BYTES;
        }
        return room.bytes() - needed(room, part);
    }

    private long needed(Room room, ModelPart part) {
        long adapter = parameters.computeIfAbsent(
                part.layers(), n -> new AdapterLayout(part.config(), lora).totalParameters());
        long bytes = new CardFit(part, adapter, false, 0).neededBytes(room.format());
        boolean tied = config.tiedEmbeddings();
        if (part.embedding()
                && !tied
                && room.tableMayLeave()
                && room.bytes() - bytes < PLENTY_BYTES) {
            bytes = new CardFit(part, adapter, true, 0).neededBytes(room.format());
        }
        return bytes * factor(room);
    }

    /** How much wider numbers are than those of bf16. */
    private static long factor(Room room) {
        return room.precision().bytes() / Precision.BF16.bytes();
    }

    /** As the setting precision names it. */
    private String label() {
        Room room = rooms.getFirst();
        return room.precision() == Precision.BF16 || room.format() != WeightFormat.BF16
                ? room.format().label()
                : room.precision().label();
    }

    private void requireFits(List<ModelPart> parts) {
        boolean fits = true;
        List<String> lines = new ArrayList<>();
        for (int card = 0; card < parts.size(); card++) {
            Room room = rooms.get(card);
            ModelPart part = parts.get(card);
            fits &= !room.isKnown() || needed(room, part) <= room.bytes();
            lines.add(room.name() + " has room for " + CardFit.text(Math.max(0, room.bytes()))
                    + ", and layers " + part.from() + " to " + (part.to() - 1)
                    + (part.embedding() ? " with the embedding" : "")
                    + (part.head() ? " with the head" : "") + " need "
                    + CardFit.text(needed(room, part)));
        }
        if (!fits) {
            throw new ModelException("the model does not fit these cards in "
                    + label() + ", however its layers are split: "
                    + String.join("; ", lines) + ". " + advice());
        }
    }

    /** Formats in which the whole would fit the cards' room together. */
    private String advice() {
        ModelPart all = ModelPart.all(config);
        long together = rooms.stream().mapToLong(Room::bytes).sum();
        long adapter = new AdapterLayout(config, lora).totalParameters();
        CardFit fit = new CardFit(all, adapter, false, 0);
        long factor = factor(rooms.getFirst());
        List<WeightFormat> fitting = Arrays.stream(WeightFormat.values())
                .filter(format -> format != rooms.getFirst().format())
                .filter(format -> fit.fits(format, together / factor))
                .toList();
        long needed = factor * fit.neededBytes(rooms.getFirst().format());
        String more = "name more cards: " + CardFit.text(needed) + " are needed, and these have "
                + CardFit.text(together);
        return fitting.isEmpty()
                ? "No other format fits; " + more
                : fitting.stream()
                                .map(format -> format.label() + " ("
                                        + CardFit.text(factor * fit.neededBytes(format)) + ")")
                                .collect(Collectors.joining(" and "))
                        + " would fit; or " + more;
    }
}
