package dev.plimsoll.model.hf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.wire.codec.Json;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The rotary keys of config.json, as Transformers 5.18 understands them: rope_scaling, which wins
 * as a whole where it is not empty, or rope_parameters; θ in there or beside it.
 */
record RopeJson(JsonNode root, Path file) {

    private static final ObjectMapper JSON = Json.mapper();
    private static final Set<String> COMMON =
            Set.of("rope_type", "type", "rope_theta", "partial_rotary_factor");
    private static final Set<String> YARN = Set.of(
            "factor",
            "original_max_position_embeddings",
            "attention_factor",
            "beta_fast",
            "beta_slow",
            "mscale",
            "mscale_all_dim",
            "truncate");
    private static final Set<String> LLAMA3 = Set.of(
            "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings");

    /** What a layer type's rotary parameters are, and where they stand. */
    private record Place(JsonNode node, String name) {}

    RopeSettings read(Architecture architecture, int layers, int maxPositionEmbeddings) {
        requireWholeHead(root, "config.json");
        Place place = place(architecture, layers);
        requireWholeHead(place.node, place.name);
        return new RopeSettings(theta(place), scaling(place, maxPositionEmbeddings));
    }

    /** What is not honoured there because Transformers does not look at it, in sentences. */
    List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        if (isGiven("rope_scaling") && isGiven("rope_parameters")) {
            remarks.add(file + " has both rope_scaling and rope_parameters. As in Transformers,"
                    + " rope_scaling is taken and rope_parameters are not looked at, rope_theta"
                    + " in there neither: the base is "
                    + plain(theta(new Place(root.get("rope_scaling"), "rope_scaling")))
                    + ". Remove the one that is not meant");
        }
        for (Place place : flat(chosen())) {
            Set<String> unknown = new LinkedHashSet<>();
            place.node.fieldNames().forEachRemaining(unknown::add);
            unknown.removeAll(COMMON);
            unknown.removeAll(known(type(place)));
            if (!unknown.isEmpty()) {
                remarks.add(file + " has " + String.join(", ", unknown) + " in " + place.name
                        + ". Transformers does not look at them for the rotary type '"
                        + type(place) + "', and neither does Plimsoll");
            }
        }
        return remarks;
    }

    static JsonNode write(RopeSettings rope) {
        ObjectNode json = JSON.createObjectNode();
        return switch (rope.scaling()) {
            case null -> JSON.nullNode();
            case RopeScaling.Linear l -> json.put("rope_type", "linear").put("factor", l.factor());
            case RopeScaling.Dynamic d ->
                json.put("rope_type", "dynamic").put("factor", d.factor());
            case RopeScaling.Llama3 l ->
                json.put("rope_type", "llama3")
                        .put("factor", l.factor())
                        .put("low_freq_factor", l.lowFreqFactor())
                        .put("high_freq_factor", l.highFreqFactor())
                        .put("original_max_position_embeddings", l.originalMaxPositionEmbeddings());
            case RopeScaling.Yarn y ->
                json.put("rope_type", "yarn")
                        .put("factor", y.factor())
                        .put("original_max_position_embeddings", y.originalMaxPositionEmbeddings())
                        .put("beta_fast", y.betaFast())
                        .put("beta_slow", y.betaSlow())
                        .put("truncate", y.truncate())
                        .put("attention_factor", y.attentionScaling());
        };
    }

    private boolean isGiven(String key) {
        return root.path(key).size() > 0;
    }

    private Place chosen() {
        String key = isGiven("rope_scaling") ? "rope_scaling" : "rope_parameters";
        return new Place(root.path(key), key);
    }

    /** The place itself, or the places of its layer types. */
    private static List<Place> flat(Place place) {
        List<Place> inner = place.node.properties().stream()
                .filter(entry -> entry.getValue().isObject())
                .map(entry -> new Place(entry.getValue(), place.name + "." + entry.getKey()))
                .toList();
        return inner.isEmpty() ? List.of(place) : inner;
    }

    /** The parameters that hold for all layers; what differs between layers is refused. */
    private Place place(Architecture architecture, int layers) {
        Place chosen = chosen();
        if (flat(chosen).equals(List.of(chosen))) {
            return chosen;
        }
        Set<String> used = IntStream.range(0, layers)
                .mapToObj(layer -> architecture.window().of(layer) == 0
                        ? ArchitectureJson.FULL
                        : ArchitectureJson.SLIDING)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        Place first = null;
        for (String layerType : used) {
            Place place = new Place(chosen.node.path(layerType), chosen.name + "." + layerType);
            if (!place.node.isObject()) {
                throw new ModelException(file + " has " + chosen.name + " by layer type, but "
                        + "none for '" + layerType + "', which its layers are; add them");
            }
            if (first != null && !first.node.equals(place.node)) {
                throw new ModelException(file + " has other rotary positions for each layer type: "
                        + first.name + " is " + first.node + " and " + place.name + " is "
                        + place.node + "; only models whose layers all have the same are"
                        + " supported");
            }
            first = first == null ? place : first;
        }
        return first;
    }

    private double theta(Place place) {
        JsonNode theta = place.node.has("rope_theta")
                ? place.node.get("rope_theta")
                : root.path("rope_theta");
        if (theta.isMissingNode()) {
            return RopeSettings.DEFAULT_THETA;
        }
        if (!theta.isNumber() || !(theta.asDouble() > 1)) {
            throw new ModelException(
                    file + " has rope_theta " + theta + "; it must be a number above 1");
        }
        return theta.asDouble();
    }

    private static String type(Place place) {
        String key = place.node.has("rope_type") ? "rope_type" : "type";
        return place.node.path(key).asText("default");
    }

    private static Set<String> known(String type) {
        return switch (type) {
            case "linear", "dynamic" -> Set.of("factor");
            case "llama3" -> LLAMA3;
            case "yarn" -> YARN;
            default -> Set.of();
        };
    }

    private RopeScaling scaling(Place place, int maxPositionEmbeddings) {
        Numbers numbers = new Numbers(place, type(place), file);
        return switch (numbers.type) {
            case "default" -> null;
            case "linear" -> new RopeScaling.Linear(numbers.required("factor"));
            case "dynamic" ->
                new RopeScaling.Dynamic(numbers.required("factor"), maxPositionEmbeddings);
            case "llama3" ->
                new RopeScaling.Llama3(
                        numbers.required("factor"),
                        numbers.required("low_freq_factor"),
                        numbers.required("high_freq_factor"),
                        original(numbers, maxPositionEmbeddings));
            case "yarn" -> yarn(numbers, maxPositionEmbeddings);
            default ->
                throw new ModelException(file + " has rotary scaling of type '" + numbers.type
                        + "' in " + place.name + "; supported are 'default', 'linear',"
                        + " 'dynamic', 'llama3' and 'yarn', so give a model with one of these");
        };
    }

    private RopeScaling yarn(Numbers numbers, int maxPositionEmbeddings) {
        int original = original(numbers, maxPositionEmbeddings);
        // null, other than left out, means the ratio of the two lengths
        double factor = numbers.node().path("factor").isNull()
                ? (double) maxPositionEmbeddings / original
                : numbers.required("factor");
        double mscale = numbers.orZero("mscale");
        double allDim = numbers.orZero("mscale_all_dim");
        double computed = mscale != 0 && allDim != 0
                ? RopeScaling.Yarn.magnitude(factor, mscale)
                        / RopeScaling.Yarn.magnitude(factor, allDim)
                : RopeScaling.Yarn.magnitude(factor, 1);
        JsonNode truncate = numbers.node().path("truncate");
        return new RopeScaling.Yarn(
                factor,
                original,
                numbers.or("beta_fast", 32),
                numbers.or("beta_slow", 1),
                truncate.isMissingNode() || truncate.asBoolean(false),
                numbers.node().hasNonNull("attention_factor")
                        ? numbers.required("attention_factor")
                        : computed);
    }

    /** A key of config.json itself goes before the one among the rotary parameters. */
    private int original(Numbers numbers, int maxPositionEmbeddings) {
        String key = "original_max_position_embeddings";
        JsonNode number = root.has(key)
                ? root.get(key)
                : numbers.node().has(key) ? numbers.node().get(key) : null;
        if (number == null) {
            return maxPositionEmbeddings;
        }
        if (!number.isNumber() || !number.canConvertToInt() || number.asInt() < 1) {
            throw new ModelException(
                    file + " has " + key + " " + number + "; it must be a number of tokens");
        }
        return number.asInt();
    }

    private void requireWholeHead(JsonNode node, String where) {
        JsonNode part = node.path("partial_rotary_factor");
        if (!part.isMissingNode() && !part.isNull() && part.asDouble(0) != 1) {
            throw new ModelException(file + " has partial_rotary_factor " + part + " in " + where
                    + "; only models that turn the whole head (1) are supported");
        }
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? String.valueOf((long) number) : "" + number;
    }

    /** The numbers of one type's parameters. */
    private record Numbers(Place place, String type, Path file) {

        JsonNode node() {
            return place.node;
        }

        double required(String key) {
            JsonNode number = node().path(key);
            if (!number.isNumber() || !(number.asDouble() > 0)) {
                throw new ModelException(
                        file + ": the " + type + " rotary scaling needs the number "
                                + key + " above 0 in " + place.name + ", found "
                                + (number.isMissingNode() ? "nothing" : number));
            }
            return number.asDouble();
        }

        /** 0 and null count as left out, as in Transformers. */
        double or(String key, double otherwise) {
            return orZero(key) == 0 ? otherwise : required(key);
        }

        double orZero(String key) {
            JsonNode number = node().path(key);
            if (number.isMissingNode() || number.isNull()) {
                return 0;
            }
            return number.isNumber() && number.asDouble() == 0 ? 0 : required(key);
        }
    }
}
