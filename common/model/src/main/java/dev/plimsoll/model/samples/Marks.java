package dev.plimsoll.model.samples;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a record or a message says about its training. Each such word is honoured or refused by
 * name; see decision 0108.
 */
final class Marks {

    private static final List<String> WEIGHTS = List.of("weight", "loss_weight", "sample_weight");

    /** Booleans that say whether something is trained. */
    private static final SortedMap<String, Boolean> SWITCHES = new TreeMap<>(Map.of(
            "train", true,
            "trainable", true,
            "use_for_training", true,
            "loss", true,
            "masked", false));

    /** Settings of other programs, with the value that says what is done here. */
    private static final SortedMap<String, Boolean> SETTINGS = new TreeMap<>(Map.of(
            "train_on_inputs", false,
            "train_on_input", false,
            "train_on_prompt", false,
            "mask_inputs", true,
            "mask_prompt", true,
            "mask_history", false,
            "completion_only_loss", true,
            "assistant_only_loss", true,
            "add_generation_prompt", false));

    private static final List<String> TOKENS =
            List.of("labels", "loss_mask", "assistant_masks", "completion_mask");

    private static final List<String> MEDIA =
            List.of("images", "image", "videos", "video", "audios", "audio");

    private static final Set<String> MASKED_BY_US = Set.of("user", "human", "");

    /** Before the names of a record's own fields. */
    private static final String OF_THE_RECORD = "field ";

    private Marks() {}

    /** Says whether the marks among these fields are marks of training, to be left out of text. */
    static boolean isMark(String name) {
        return WEIGHTS.contains(name) || SWITCHES.containsKey(name) || name.equals("train_detail");
    }

    /**
     * Whether one is trained, by its marks; empty if it has none.
     *
     * @param fields of a record or of a message
     * @param prefix of the names in messages: {@code field } or {@code messages[2].}
     */
    static Optional<Boolean> trained(Fields fields, String prefix) throws Refused {
        Optional<Boolean> trained = Optional.empty();
        for (String name : WEIGHTS) {
            trained = both(trained, weight(fields, name, prefix));
        }
        for (Map.Entry<String, Boolean> entry : SWITCHES.entrySet()) {
            trained = both(trained, flag(fields, entry.getKey(), entry.getValue(), prefix));
        }
        if (fields.given("train_detail").isPresent()) {
            throw Refused.badField(prefix + "train_detail says which characters are trained, and"
                    + " messages are trained whole or not at all; use train, or leave it out");
        }
        return trained;
    }

    private static Optional<Boolean> both(Optional<Boolean> one, Optional<Boolean> other) {
        return one.isEmpty() ? other : one.map(t -> t && other.orElse(true));
    }

    private static Optional<Boolean> weight(Fields fields, String name, String prefix)
            throws Refused {
        Optional<Object> given = fields.given(name);
        if (given.isEmpty()) {
            return Optional.empty();
        }
        Object value = given.get();
        Optional<Boolean> truth = Values.truth(value);
        Optional<Double> number = Values.number(value).filter(n -> n == 0 || n == 1);
        if (truth.isEmpty() && number.isEmpty()) {
            throw Refused.badField(prefix + name + " is " + named(value)
                    + "; what is trained weighs the same: give 0 or 1, or leave it out");
        }
        return truth.or(() -> number.map(n -> n == 1));
    }

    /** {@code loss} is often a measured number; then it says nothing. */
    private static Optional<Boolean> flag(
            Fields fields, String name, boolean meansTrained, String prefix) throws Refused {
        if (name.equals("loss") && Values.truth(fields.peek(name)).isEmpty()) {
            return Optional.empty();
        }
        Optional<Object> given = fields.given(name);
        if (given.isEmpty()) {
            return Optional.empty();
        }
        if (prefix.equals(OF_THE_RECORD) && isOfRecords(given.get())) {
            throw Refused.badField(prefix + name + " is a list of objects; if they are the"
                    + " samples: samples are one a line, and here they lie under " + name
                    + "; write each on a line of its own, or the list alone");
        }
        Optional<Boolean> truth = Values.truth(given.get())
                .or(() ->
                        Values.number(given.get()).filter(n -> n == 0 || n == 1).map(n -> n == 1));
        if (truth.isEmpty()) {
            throw Refused.badField(prefix + name + " is " + named(given.get())
                    + "; give true or false, or leave it out");
        }
        return truth.map(t -> t == meansTrained);
    }

    /** As in a data set whose parts lie in one file: {"train": […], "test": […]}. */
    private static boolean isOfRecords(Object value) {
        return value instanceof List<?> list
                && !list.isEmpty()
                && list.stream().allMatch(Map.class::isInstance);
    }

    /** Refuses what a record says about training that cannot be honoured, and what it forbids. */
    static void check(Fields fields, Optional<SampleShape> shape) throws Refused {
        Preferences.refuse(fields, shape);
        if (!trained(fields, OF_THE_RECORD).orElse(true)) {
            throw Refused.nothingToTrain("the sample says of itself that it is not to be trained"
                    + " (weight 0, train false or the like); leave it out");
        }
        for (Map.Entry<String, Boolean> setting : SETTINGS.entrySet()) {
            Optional<Boolean> given = Values.truth(fields.peek(setting.getKey()));
            if (given.isPresent() && !given.get().equals(setting.getValue())) {
                throw Refused.badField("field " + setting.getKey() + " is " + given.get()
                        + ", and here it is always " + setting.getValue()
                        + ": prompts are never trained, every answer is; leave it out");
            }
            given.ifPresent(_ -> fields.get(setting.getKey()));
        }
        for (String name : TOKENS) {
            if (fields.peek(name) instanceof List<?> list && !list.isEmpty()) {
                throw Refused.badField("field " + name
                        + " is a mask over tokens, and samples are made into tokens here; leave"
                        + " it out, and mark messages with weight 0");
            }
        }
        for (String name : MEDIA) {
            if (fields.given(name).isPresent()) {
                throw Refused.badField("field " + name
                        + " is given, and only text is trained; leave it out with what the text"
                        + " says of it");
            }
        }
        turnMarks(fields, shape);
    }

    private static void turnMarks(Fields fields, Optional<SampleShape> shape) throws Refused {
        if (fields.given("enable_thinking").isPresent()) {
            throw Refused.badField("field enable_thinking is for the chat template; give it as"
                    + " chat_template_kwargs {\"enable_thinking\": …}");
        }
        boolean turns = shape.filter(s -> s == SampleShape.MESSAGES || s == SampleShape.SHAREGPT)
                .isPresent();
        if (turns
                && fields.given("mask").isPresent()
                && !(fields.get("mask") instanceof String role
                        && MASKED_BY_US.contains(role.toLowerCase(java.util.Locale.ROOT)))) {
            throw Refused.badField("field mask is " + named(fields.get("mask"))
                    + "; the user's turns are the ones that are not trained: give \"User\", or"
                    + " mark messages with weight 0");
        }
    }

    private static String named(Object value) {
        return value instanceof String text ? "'" + Values.shown(text) + "'" : Values.kind(value);
    }
}
