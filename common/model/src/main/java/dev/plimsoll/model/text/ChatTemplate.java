package dev.plimsoll.model.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;

import dev.plimsoll.model.samples.ParsedSample.Message;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model's chat template: Jinja as Transformers renders it (blocks trimmed,
 * {@code raise_exception} available, no clock). Messages are data: what looks like Jinja inside
 * them is not evaluated.
 */
final class ChatTemplate {

    /** A block tag, and in it {@code not NAME is TEST}. */
    private static final Pattern BLOCK = Pattern.compile("\\{%.*?%}", Pattern.DOTALL);

    private static final Pattern NOT_IS = Pattern.compile(
            "(?<=[\\s(])not\\s+([A-Za-z_]\\w*(?:\\.\\w+|\\['\\w+'])*)\\s+is\\s+(?!not\\b)");

    private final Jinjava jinjava;
    private final String source;
    private final String bosToken;
    private final String eosToken;

    /** The template refuses a conversation, or cannot be rendered. */
    static final class TemplateRefusal extends Exception {
        private static final long serialVersionUID = 1L;

        TemplateRefusal(String message) {
            super(message, null, false, false);
        }
    }

    ChatTemplate(String source, String bosToken, String eosToken) {
        this.source = withJinjasPrecedence(source);
        this.bosToken = bosToken;
        this.eosToken = eosToken;
        this.jinjava = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withNestedInterpretationEnabled(false)
                .withFailOnUnknownTokens(false)
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withEvaluateMapKeys(true)
                        .withIterateOverMapKeys(true)
                        .withKeepNullableLoopValues(true)
                        .build())
                .build());
        try {
            jinjava.getGlobalContext()
                    .registerFunction(new ELFunctionDefinition(
                            "",
                            "raise_exception",
                            TemplateFunctions.class.getMethod("raise", Object.class)));
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param generationPrompt whether the text ends where an assistant's turn begins */
    String render(List<Message> messages, boolean generationPrompt) throws TemplateRefusal {
        Map<String, Object> variables = new HashMap<>();
        variables.put("messages", messages.stream().map(ChatTemplate::variables).toList());
        variables.put("bos_token", bosToken);
        variables.put("eos_token", eosToken);
        variables.put("add_generation_prompt", generationPrompt);
        RenderResult result = jinjava.renderForResult(source, variables);
        for (TemplateError error : result.getErrors()) {
            Optional<String> raised = TemplateFunctions.raisedIn(error.getException());
            if (raised.isPresent()) {
                throw new TemplateRefusal("the model's chat template refuses it: " + raised.get());
            }
            if (error.getSeverity() == TemplateError.ErrorType.FATAL) {
                throw new TemplateRefusal("the model's chat template cannot be rendered: "
                        + error.getMessage() + " (line " + error.getLineno() + ")");
            }
        }
        return result.getOutput();
    }

    /**
     * Jinja reads {@code not x is defined} as not (x is defined), jinjava as (not x) is defined.
     */
    private static String withJinjasPrecedence(String source) {
        return BLOCK.matcher(source)
                .replaceAll(block -> Matcher.quoteReplacement(
                        NOT_IS.matcher(block.group()).replaceAll("$1 is not ")));
    }

    private static Map<String, Object> variables(Message message) {
        Map<String, Object> turn = new LinkedHashMap<>();
        turn.put("role", message.role());
        turn.put("content", message.content());
        return turn;
    }
}
