package dev.plimsoll.model.text;

import dev.plimsoll.model.jinja.JinjaTemplate;
import dev.plimsoll.model.jinja.Rendering;
import dev.plimsoll.model.jinja.TemplateError;

import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** One of a model's chat templates, with what the model gives it. */
final class ChatTemplate {

    private static final LocalDateTime NEVER = LocalDateTime.of(2000, 1, 1, 0, 0);

    private static final Pattern ENTRIES = Pattern.compile(
            "arguments\\s*(\\.\\s*items\\b|\\|\\s*(items|dictsort)\\b|is\\s+mapping)");

    private final TemplateSources.Source source;
    private final JinjaTemplate template;
    private final Map<String, String> specialTokens;
    private final LocalDateTime now;
    private final ChatLimits limits;

    private ChatTemplate(
            TemplateSources.Source source,
            JinjaTemplate template,
            Map<String, String> specialTokens,
            LocalDateTime now,
            ChatLimits limits) {
        this.source = source;
        this.template = template;
        this.specialTokens = specialTokens;
        this.now = now;
        this.limits = limits;
    }

    /**
     * @param now empty where no training text is wanted: then templates that write the date are
     *     refused
     */
    static ChatTemplate parse(
            TemplateSources.Source source,
            Map<String, String> specialTokens,
            Optional<LocalDateTime> now,
            ChatLimits limits)
            throws TextRefusal {
        if (now.isEmpty() && source.jinja().contains("strftime_now")) {
            throw TextRefusal.badField("the model's chat template (" + source.file()
                    + ") writes the date, and no date is given; open the tokenizer with one");
        }
        try {
            return new ChatTemplate(
                    source,
                    JinjaTemplate.parse(source.jinja()),
                    specialTokens,
                    now.orElse(NEVER),
                    limits);
        } catch (TemplateError e) {
            throw TextRefusal.badField("the model's chat template (" + source.file()
                    + ") cannot be read: " + at(e)
                    + "; mend it, or take it out of the model and use prompt and completion");
        }
    }

    ChatLimits limits() {
        return limits;
    }

    boolean marksGeneration() {
        return template.marksGeneration();
    }

    /** Whether the template speaks of a field. */
    boolean knows(String field) {
        return source.jinja().contains(field);
    }

    /** Whether the template takes a field of this name out of something. */
    boolean reads(String field) {
        return Pattern.compile("[.'\"]" + field + "\\b").matcher(source.jinja()).find();
    }

    /** Whether the template goes through the entries of a call's arguments where they have some. */
    boolean wantsArgumentsRead() {
        return ENTRIES.matcher(source.jinja()).find();
    }

    Rendering render(Map<String, Object> variables) throws TemplateError {
        Map<String, Object> all = new LinkedHashMap<>(specialTokens);
        all.putAll(variables);
        return template.render(all, now, limits.ofRendering());
    }

    TextRefusal refusal(TemplateError e) {
        return switch (e.kind()) {
            case RAISED ->
                TextRefusal.badField("the model's chat template refuses it: " + e.getMessage());
            case SYNTAX, UNSUPPORTED, UNDEFINED, TYPE, LIMIT ->
                TextRefusal.badField("the model's chat template (" + source.file()
                        + ") cannot be rendered: " + at(e));
            case WORK ->
                TextRefusal.badField("the model's chat template (" + source.file()
                        + ") cannot be rendered: " + at(e)
                        + "; split the sample, or have the coordinator started with a larger "
                        + "template-work");
        };
    }

    private static String at(TemplateError e) {
        String message = String.valueOf(e.getMessage());
        return e.line() == 0 || message.contains("line ")
                ? message
                : "line " + e.line() + ": " + message;
    }
}
