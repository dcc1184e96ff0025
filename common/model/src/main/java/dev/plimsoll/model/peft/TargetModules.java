package dev.plimsoll.model.peft;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.run.Projection;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Which linear maps an adapter_config.json means, by the rules of PEFT 0.21: target_modules is a
 * list of names or of their ends after a dot, a regular expression for the whole name, or
 * "all-linear"; exclude_modules, layers_to_transform and layers_pattern take some away.
 */
final class TargetModules {

    private static final String ALL_LINEAR = "all-linear";

    /** The modules beside the projections that PEFT could adapt. */
    private static final List<String> OTHERS = List.of("model.embed_tokens", "lm_head");

    /** The number behind the first name that has one, as PEFT looks for it. */
    private static final String LAYER = "\\.(?<idx>\\d+)\\.";

    private final JsonNode root;
    private final Path file;
    private final int layers;

    TargetModules(JsonNode root, Path file, LlamaConfig config) {
        this.root = root;
        this.file = file;
        this.layers = config.layers();
        requireConsistent();
    }

    /** As PEFT sees it: model.layers.N.self_attn.q_proj. */
    static String moduleName(int layer, Projection projection) {
        return "model.layers." + layer + "." + projection.block() + "." + projection.moduleName();
    }

    /** The projections that are meant in all layers; what is meant in some only is refused. */
    Set<Projection> projections() {
        for (String other : OTHERS) {
            if (isTarget(other) && !(isAllLinear() && other.equals("lm_head"))) {
                throw new ModelException(file + " adapts " + other
                        + " by its target_modules; Plimsoll trains the linear maps of the layers"
                        + " only, so give an adapter of these");
            }
        }
        Set<Projection> found = EnumSet.noneOf(Projection.class);
        for (Projection projection : Projection.values()) {
            Set<Integer> in = IntStream.range(0, layers)
                    .filter(layer -> isTarget(moduleName(layer, projection)))
                    .collect(TreeSet::new, Set::add, Set::addAll);
            if (!in.isEmpty() && in.size() < layers) {
                throw new ModelException(file + " adapts " + projection.moduleName()
                        + " in layers " + in + " only, of " + layers
                        + "; Plimsoll trains a projection in all layers, so give an adapter that"
                        + " has it in all (or merge this one into the model and start anew)");
            }
            if (!in.isEmpty()) {
                found.add(projection);
            }
        }
        if (found.isEmpty()) {
            throw new ModelException(file + " has target_modules " + root.path("target_modules")
                    + ", which none of the model's linear maps matches; give the adapter's own"
                    + " base model");
        }
        return found;
    }

    private void requireConsistent() {
        JsonNode targets = root.path("target_modules");
        if (!targets.isTextual() && !targets.isArray()) {
            throw new ModelException(file + " has target_modules " + shown(targets)
                    + "; it must be a list of names, a regular expression or \"all-linear\"");
        }
        for (String key : List.of("layers_to_transform", "layers_pattern")) {
            if (targets.isTextual() && isGiven(key)) {
                throw new ModelException(file + " has " + key + " beside target_modules " + targets
                        + "; it goes with a list of names only, so remove one of them");
            }
        }
        if (isGiven("layers_pattern") && !isGiven("layers_to_transform")) {
            throw new ModelException(file + " has layers_pattern without layers_to_transform;"
                    + " add the layers or remove it");
        }
    }

    private boolean isTarget(String module) {
        JsonNode targets = root.path("target_modules");
        if (isExcluded(module)) {
            return false;
        }
        if (isAllLinear()) {
            return !module.equals("model.embed_tokens");
        }
        if (targets.isTextual()) {
            return matches("target_modules", targets.asText(), module);
        }
        return texts(targets).anyMatch(module::equals)
                || texts(targets).anyMatch(end -> isNamed(end, module)) && isInLayer(module);
    }

    private boolean isAllLinear() {
        return root.path("target_modules").asText().equalsIgnoreCase(ALL_LINEAR);
    }

    private boolean isExcluded(String module) {
        JsonNode excluded = root.path("exclude_modules");
        return excluded.isTextual()
                ? !excluded.asText().isEmpty()
                        && matches("exclude_modules", excluded.asText(), module)
                : texts(excluded).anyMatch(end -> isNamed(end, module));
    }

    private boolean isInLayer(String module) {
        JsonNode wanted = root.path("layers_to_transform");
        if (!isGiven("layers_to_transform")) {
            return true;
        }
        JsonNode patterns = root.path("layers_pattern");
        Stream<String> before = !isGiven("layers_pattern")
                ? Stream.of(".*?\\.[^.]*")
                : (patterns.isTextual() ? Stream.of(patterns.asText()) : texts(patterns))
                        .map(pattern -> "(?:^|.*?\\.)" + pattern);
        return before.map(start ->
                        PythonPattern.matcher(pattern("layers_pattern", start + LAYER), module))
                .filter(Matcher::lookingAt)
                .findFirst()
                .map(found -> Integer.parseInt(found.group("idx")))
                .filter(layer -> wanted.isInt()
                        ? wanted.asInt() == layer
                        : StreamSupport.stream(wanted.spliterator(), false)
                                .anyMatch(node -> node.asInt(-1) == layer))
                .isPresent();
    }

    private boolean matches(String key, String expression, String module) {
        return PythonPattern.matcher(pattern(key, expression), module).matches();
    }

    private Pattern pattern(String key, String expression) {
        return PythonPattern.of(expression)
                .orElseThrow(() -> new ModelException(file + " has a regular expression in " + key
                        + " that cannot be read here: " + expression
                        + "; write the modules' names as a list instead"));
    }

    private boolean isGiven(String key) {
        JsonNode value = root.path(key);
        return value.isInt() || value.isTextual() && !value.asText().isEmpty() || value.size() > 0;
    }

    private static boolean isNamed(String end, String module) {
        return module.equals(end) || module.endsWith("." + end);
    }

    private static Stream<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText);
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "left out" : node.toString();
    }
}
