package dev.plimsoll.model.text;

import dev.plimsoll.model.jinja.Rendering;
import dev.plimsoll.model.jinja.TemplateError;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.text.Form.Arguments;
import dev.plimsoll.model.text.Form.Silence;
import dev.plimsoll.model.text.Source.Field;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a template makes of one conversation and of its beginnings. Fields that come in two forms
 * are given as they are, unless the template cannot use that form: decision 0107.
 */
final class ChatRenderings {

    private final ChatTemplate template;
    private final Form form;
    private final ChatVariables variables;
    private final Rendering whole;
    private final MarkedText full;
    private final Map<Integer, Optional<MarkedText>> prompts = new HashMap<>();
    private long rendered;

    private ChatRenderings(ChatTemplate template, Form form, Attempt attempt) {
        this.template = template;
        this.form = form;
        this.variables = attempt.variables;
        this.whole = attempt.rendering;
        this.full = attempt.text;
    }

    private record Attempt(ChatVariables variables, Rendering rendering, MarkedText text) {}

    static ChatRenderings of(ChatTemplate template, Conversation conversation) throws TextRefusal {
        template.limits().requireTurns(conversation.messages().size());
        TextRefusal first = null;
        for (Form form : forms(template, conversation)) {
            ChatVariables variables = ChatVariables.of(conversation, form);
            try {
                Rendering rendering = template.render(variables.upTo(variables.size(), false));
                MarkedText text = MarkedText.of(rendering.text());
                Optional<String> fault = writesNone(template, variables, form, text)
                        ? Optional.of("the model's chat template writes content of null as the"
                                + " word None; give the call some text, or an empty string")
                        : leavesOutCalls(template, variables, form, text)
                                ? Optional.of("the model's chat template leaves out the calls;"
                                        + " write them into content as the model does, or use a"
                                        + " model whose template knows calls")
                                : fault(variables, form, text);
                if (fault.isEmpty()) {
                    return new ChatRenderings(
                            template, form, new Attempt(variables, rendering, text));
                }
                first = first == null ? TextRefusal.badField(fault.get()) : first;
            } catch (TemplateError e) {
                first = first == null ? template.refusal(e) : first;
            }
        }
        throw first;
    }

    private static List<Form> forms(ChatTemplate template, Conversation conversation) {
        ChatVariables given = ChatVariables.of(conversation, Form.AS_GIVEN);
        List<Form> forms = new ArrayList<>();
        arguments(template, given).forEach(a -> forms.add(Form.AS_GIVEN.with(a)));
        if (given.hasParts()) {
            List.copyOf(forms).forEach(f -> forms.add(f.withPartsJoined()));
        }
        List<Form> asSaid = List.copyOf(forms);
        if (given.hasSilentCalls()) {
            asSaid.forEach(f -> forms.add(f.with(Silence.EMPTY)));
        }
        if (given.hasEmptyCalls()) {
            asSaid.forEach(f -> forms.add(f.with(Silence.NULL)));
        }
        return forms;
    }

    private static List<Arguments> arguments(ChatTemplate template, ChatVariables given) {
        List<Arguments> all = new ArrayList<>(List.of(Arguments.AS_GIVEN));
        if (!given.writtenArguments().isEmpty()) {
            all.add(template.wantsArgumentsRead() ? 0 : 1, Arguments.READ);
        }
        if (given.hasObjectArguments()) {
            all.add(Arguments.WRITTEN);
        }
        return all;
    }

    /** A template may write calls only where content is null. */
    private static boolean leavesOutCalls(
            ChatTemplate template, ChatVariables variables, Form form, MarkedText text) {
        return variables.hasEmptyCalls()
                && form.silence() != Silence.NULL
                && template.knows("tool_calls")
                && variables.sources().stream().anyMatch(s -> s.field() == Field.CALL_NAME)
                && !text.has(
                        0,
                        text.length(),
                        o -> o != 0 && variables.source(o).field() == Field.CALL_NAME);
    }

    /** Python's word for null, which no template writes on purpose without having it. */
    private static boolean writesNone(
            ChatTemplate template, ChatVariables variables, Form form, MarkedText text) {
        if (!variables.hasSilentCalls()
                || form.silence() == Silence.EMPTY
                || template.knows("'None'")) {
            return false;
        }
        String string = text.string();
        for (int at = string.indexOf("None"); at >= 0; at = string.indexOf("None", at + 1)) {
            if (text.origin(at) == 0) {
                return true;
            }
        }
        return false;
    }

    private static Optional<String> fault(ChatVariables variables, Form form, MarkedText text) {
        for (int origin = 1; origin <= variables.sources().size(); origin++) {
            Source source = variables.source(origin);
            int wanted = origin;
            if (source.field() == Field.PART_TYPE && text.has(0, text.length(), o -> o == wanted)) {
                return Optional.of("the model's chat template writes " + source.path()
                        + " as a list, not its text; give the text as one string");
            }
        }
        if (form.arguments() != Arguments.READ) {
            for (String arguments : variables.writtenArguments()) {
                if (quotedTwice(arguments.strip(), variables, text)) {
                    return Optional.of("the model's chat template quotes the arguments of a call"
                            + " once more; give them as an object, not as a string");
                }
            }
        }
        return Optional.empty();
    }

    /** Whether a string that is JSON already is written only as JSON of that string. */
    private static boolean quotedTwice(String json, ChatVariables variables, MarkedText text) {
        if (!text.has(0, text.length(), o -> isArguments(o, variables))) {
            return false;
        }
        String string = text.string();
        for (int at = string.indexOf(json); at >= 0; at = string.indexOf(json, at + 1)) {
            int end = at + json.length();
            boolean quoted = at > 0
                    && end < string.length()
                    && string.charAt(at - 1) == '"'
                    && string.charAt(end) == '"';
            if (!quoted && isArguments(text.origin(at), variables)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isArguments(int origin, ChatVariables variables) {
        return origin != 0 && variables.source(origin).field() == Field.CALL_ARGUMENTS;
    }

    ChatTemplate template() {
        return template;
    }

    Form form() {
        return form;
    }

    ChatVariables variables() {
        return variables;
    }

    Rendering whole() {
        return whole;
    }

    /** The whole conversation. */
    MarkedText full() {
        return full;
    }

    /** What the model is given before it writes a turn; empty where the template cannot. */
    Optional<MarkedText> prompt(int message) throws TextRefusal {
        Optional<MarkedText> prompt = prompts.get(message);
        if (prompt == null) {
            prompt = render(message, true);
            prompts.put(message, prompt);
        }
        return prompt;
    }

    /** The conversation up to a message, it among them. */
    Optional<MarkedText> upTo(int message) throws TextRefusal {
        return message == variables.size() - 1 ? Optional.of(full) : render(message + 1, false);
    }

    private Optional<MarkedText> render(int messages, boolean generationPrompt) throws TextRefusal {
        if (rendered > template.limits().work()) {
            throw TextRefusal.badField("the model's chat template writes each of its "
                    + variables.size() + " messages otherwise, and to look at all of them takes"
                    + " more than " + template.limits().work() + " characters; split the sample,"
                    + " or have the coordinator started with a larger template-work");
        }
        try {
            MarkedText text = MarkedText.of(
                    template.render(variables.upTo(messages, generationPrompt)).text());
            rendered += text.length();
            return Optional.of(text);
        } catch (TemplateError e) {
            return Optional.empty();
        }
    }
}
