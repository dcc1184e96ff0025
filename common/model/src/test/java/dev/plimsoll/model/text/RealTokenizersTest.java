package dev.plimsoll.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample.Completion;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TrainedSpan;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Real tokenizers and templates, in a directory of the machine ({@code -Dplimsoll.tokenizers}), and
 * what Transformers makes of them: {@code src/test/python/make_chat_goldens.py} says how.
 */
@Tag("slow")
class RealTokenizersTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_TOKENS = 1 << 20;
    /** Cyrillic letters stand for what the assistant must not say. */
    private static final int CYRILLIC = 'а' - 'a';

    @TempDir
    Path scratch;

    private final Map<String, Integer> counts = new TreeMap<>();
    private final Map<String, String> examples = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();

    @Test
    void idsMasksAndRolesAreAsTheyShouldBe() throws IOException {
        String root = System.getProperty("plimsoll.tokenizers");
        Assumptions.assumeTrue(root != null, "no -Dplimsoll.tokenizers");
        for (Path directory : directories(Path.of(root))) {
            JsonNode golden = JSON.readTree(directory.resolve("golden.json").toFile());
            texts(directory, golden);
            for (Map.Entry<String, JsonNode> template : golden.path("templates").properties()) {
                chats(directory, golden, template.getKey(), template.getValue().asText());
            }
        }
        counts.forEach((what, count) -> System.out.printf(
                "%6d  %s%s%n",
                count, what, examples.containsKey(what) ? ", as " + examples.get(what) : ""));
        wrong.forEach(System.out::println);
        assertThat(wrong).isEmpty();
    }

    private static List<Path> directories(Path root) throws IOException {
        try (Stream<Path> list = Files.list(root)) {
            return list.filter(p -> Files.isRegularFile(p.resolve("golden.json")))
                    .sorted()
                    .toList();
        }
    }

    private void texts(Path directory, JsonNode golden) throws IOException {
        try (SampleTokenizer tokenizer = open(directory, golden, null)) {
            for (JsonNode text : golden.path("texts")) {
                String prompt = text.path("prompt").asText();
                String completion = text.path("completion").asText();
                TokenSequence sequence = (TokenSequence) tokenizer.tokenize(
                        new Completion(Optional.empty(), prompt, completion), MAX_TOKENS);
                int[] ids = Arrays.copyOf(sequence.tokens(), sequence.tokens().length - 1);
                // of classes that heed add_bos_token Transformers 4 writes the begin token
                boolean same = Arrays.equals(ids, ids(text.path("ids")))
                        || Arrays.equals(
                                ids.length == 0 ? ids : Arrays.copyOfRange(ids, 1, ids.length),
                                ids(text.path("bare")));
                count("texts with the ids of the whole text", same);
                if (!same) {
                    wrong.add("has other ids: " + directory.getFileName() + " text " + text
                            + " has " + Arrays.toString(ids));
                }
            }
        }
    }

    private void chats(Path directory, JsonNode golden, String name, String template)
            throws IOException {
        Set<Integer> special = special(directory);
        try (SampleTokenizer tokenizer = open(directory, golden, template)) {
            for (Map.Entry<String, JsonNode> chat : golden.path("chats").properties()) {
                String where = directory.getFileName() + " " + name + " '" + chat.getKey() + "'";
                JsonNode expected = golden.path("renderings").path(name).path(chat.getKey());
                Conversation conversation = conversation(chat.getValue(), UnaryOperator.identity());
                ExplainOutcome outcome = tokenizer.explain(conversation, MAX_TOKENS);
                compare(where, expected, outcome);
                if (outcome instanceof Explanation explanation) {
                    ends(where, explanation, conversation, special);
                    prompts(where, expected, explanation);
                }
                roles(
                        where,
                        tokenizer.explain(
                                conversation(chat.getValue(), RealTokenizersTest::cyrillic),
                                MAX_TOKENS));
            }
        }
    }

    private void compare(String where, JsonNode golden, ExplainOutcome outcome) {
        switch (outcome) {
            case SampleRefusal refusal -> {
                String what = golden.has("error") ? "refused by both" : "refused: ";
                example(golden.has("error") ? what : what + reason(refusal.note()), where);
                if (System.getProperty("plimsoll.refusals") != null) {
                    System.out.println("REFUSED " + where + ": " + refusal.note());
                }
            }
            case Explanation explanation -> {
                if (!explanation.sequence().leftOut().isEmpty()) {
                    tally("trained without " + explanation.sequence().leftOut());
                }
                if (golden.has("error")) {
                    example("rendered where Transformers fails: " + kind(explanation), where);
                    return;
                }
                int[] expected = ids(golden.path("ids"));
                int[] ids = explanation.sequence().tokens();
                if (!golden.path("text").asText().startsWith(withoutEnd(explanation, golden))) {
                    example("other text than the rendering: " + kind(explanation), where);
                    return;
                }
                boolean appended =
                        explanation.notes().stream().anyMatch(n -> n.contains("one is appended"));
                int own = ids.length - (appended ? 1 : 0);
                boolean same = own <= expected.length
                        && Arrays.equals(Arrays.copyOf(ids, own), Arrays.copyOf(expected, own));
                count("chats with the ids of the whole rendering", same);
                if (!same) {
                    wrong.add(where + " has other ids");
                }
                if (golden.has("mask")) {
                    masks(where, golden, explanation);
                }
            }
        }
    }

    private static String withoutEnd(Explanation explanation, JsonNode golden) {
        String text = explanation.text();
        String expected = golden.path("text").asText();
        return text.length() > expected.length() && text.startsWith(expected) ? expected : text;
    }

    private void masks(String where, JsonNode golden, Explanation explanation) {
        int[] expected = ids(golden.path("mask"));
        boolean[] mask = explanation.sequence().trainOn();
        boolean same = true;
        List<int[]> spans = explanation.tokenSpans();
        for (int i = 1; i < expected.length; i++) {
            boolean trained = i < mask.length && mask[i];
            // of a character of several tokens Transformers trains the first only, if a block ends
            // with it (decision 0107)
            boolean rest = trained && mask[i - 1] && Arrays.equals(spans.get(i), spans.get(i - 1));
            same &= trained == (expected[i] == 1) || rest;
        }
        count("masks of generation blocks equal to Transformers'", same);
        if (!same) {
            wrong.add(where + " has another mask: " + Shown.of(explanation));
        }
    }

    private void roles(String where, ExplainOutcome outcome) {
        if (!(outcome instanceof Explanation explanation)) {
            return;
        }
        List<int[]> spans = explanation.tokenSpans();
        boolean clean = true;
        int last = 0;
        for (int i = 0; i < spans.size(); i++) {
            if (explanation.sequence().trainOn()[i]) {
                last = i;
                clean &= explanation
                        .text()
                        .substring(spans.get(i)[0], spans.get(i)[1])
                        .chars()
                        .noneMatch(c -> c >= 'а' && c <= 'а' + 25);
            }
        }
        count("chats in which nothing of another role is trained", clean);
        if (!clean) {
            wrong.add(where + " trains others: " + Shown.of(explanation));
        }
        tally(
                last == spans.size() - 1
                        ? "last token trained"
                        : "last token not trained (as the template's blocks say)");
    }

    /** Each trained turn ends with a trained special token, or a note says that it has none. */
    private void ends(
            String where,
            Explanation explanation,
            Conversation conversation,
            Set<Integer> special) {
        for (int i = 0; i < conversation.messages().size(); i++) {
            if (!conversation.messages().get(i).trained()) {
                continue;
            }
            String rule = "assistant's turn messages[" + i + "]";
            String message = "messages[" + i + "]";
            boolean last = i == conversation.messages().size() - 1;
            Optional<TrainedSpan> span = explanation.trained().stream()
                    .filter(s -> s.rule().equals(rule))
                    .reduce((_, b) -> b);
            if (span.isEmpty()) {
                continue; // by generation blocks
            }
            boolean ended = special.contains(lastToken(explanation, span.get().to()));
            boolean said = explanation.notes().stream()
                    .anyMatch(n -> n.contains("no end token behind")
                            && (n.contains(message) || last && n.contains("the last turn")));
            count(
                    ended
                            ? "turns whose end token is trained"
                            : "turns without an end token in the template, and a note",
                    ended || said);
            if (!ended && !said) {
                wrong.add(where + " does not end " + message + ": " + Shown.of(explanation));
            }
        }
    }

    private static int lastToken(Explanation explanation, int to) {
        int found = -1;
        for (int t = 0; t < explanation.tokenSpans().size(); t++) {
            int[] span = explanation.tokenSpans().get(t);
            if (span[1] == to && span[0] < to) {
                found = explanation.sequence().tokens()[t];
            }
        }
        return found;
    }

    /** What stands before the last turn is the prompt of inference, or a note says what is not. */
    private void prompts(String where, JsonNode golden, Explanation explanation) {
        Optional<TrainedSpan> turn = explanation.trained().stream()
                .filter(s -> s.rule().startsWith("assistant's turn"))
                .reduce((_, b) -> b);
        if (turn.isEmpty() || !golden.has("prompt")) {
            return;
        }
        String before = explanation.text().substring(0, turn.get().from());
        if (before.equals(golden.path("prompt").asText())) {
            tally("prompts equal to that of inference");
            return;
        }
        List<String> named = explanation.notes().stream()
                .filter(n -> n.startsWith("at inference the prompt")
                        || n.contains("than the prompt of inference")
                        || n.contains("is given to the model's chat")
                        || n.startsWith("arguments of calls that are given as strings")
                        || n.contains("holds the end of the prompt and the begin")
                        || n.contains("writes no prompt before"))
                .toList();
        if (named.isEmpty()) {
            count("prompts equal to that of inference", false);
            wrong.add(where + " has another prompt: " + Shown.of(explanation) + " not "
                    + golden.path("prompt") + explanation.notes());
        } else {
            example("prompts that differ, and a note: " + reason(named.getLast()), where);
        }
    }

    private static Set<Integer> special(Path directory) throws IOException {
        Set<Integer> ids = new HashSet<>();
        for (JsonNode token :
                ModelDirectory.read(directory, "tokenizer.json").path("added_tokens")) {
            if (token.path("special").asBoolean()) {
                ids.add(token.path("id").asInt());
            }
        }
        return ids;
    }

    private static String reason(String note) {
        return note.replaceAll("messages\\[\\d+]", "messages[i]")
                .replaceAll("holds '[^']*', a token", "holds T, a token")
                .replaceAll("(cannot be rendered).*", "$1")
                .replaceAll(";.*", "");
    }

    private static String kind(Explanation explanation) {
        return explanation.notes().stream()
                .map(RealTokenizersTest::reason)
                .distinct()
                .toList()
                .toString();
    }

    private void example(String what, String where) {
        tally(what);
        examples.putIfAbsent(what, where);
    }

    private void tally(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private void count(String what, boolean so) {
        tally(what + (so ? "" : ": NOT"));
    }

    /** What others than the assistant say, in letters of its own. */
    private static String cyrillic(String text) {
        StringBuilder changed = new StringBuilder();
        text.chars().forEach(c -> changed.append((char) (c >= 'a' && c <= 'z' ? c + CYRILLIC : c)));
        return changed.toString();
    }

    private static Conversation conversation(JsonNode chat, UnaryOperator<String> others) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : chat.path("messages")) {
            Map<String, Object> fields = map(message);
            String role = message.path("role").asText();
            boolean assistant = role.equals("assistant");
            if (!assistant) {
                fields.computeIfPresent("content", (_, v) -> changed(v, others));
            }
            messages.add(new Message(role, fields, assistant));
        }
        Map<String, Object> variables = new LinkedHashMap<>();
        if (chat.has("tools")) {
            variables.put("tools", JSON.convertValue(chat.get("tools"), List.class));
        }
        return new Conversation(Optional.empty(), messages, variables);
    }

    private static Object changed(Object content, UnaryOperator<String> others) {
        return switch (content) {
            case String text -> others.apply(text);
            case List<?> parts ->
                parts.stream()
                        .map(part -> {
                            Map<String, Object> changed = map(JSON.valueToTree(part));
                            changed.computeIfPresent("text", (_, t) -> others.apply((String) t));
                            return changed;
                        })
                        .toList();
            default -> content;
        };
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(JsonNode object) {
        return new LinkedHashMap<>(JSON.convertValue(object, LinkedHashMap.class));
    }

    private static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = list.get(i).asInt();
        }
        return ids;
    }

    private SampleTokenizer open(Path directory, JsonNode golden, String template)
            throws IOException {
        Path model = Files.createTempDirectory(scratch, "model");
        Files.copy(directory.resolve("tokenizer.json"), model.resolve("tokenizer.json"));
        ObjectNode config = ModelDirectory.read(directory, "tokenizer_config.json");
        config.remove("chat_template");
        ModelDirectory.write(model, "tokenizer_config.json", config);
        ModelDirectory.write(
                model,
                "config.json",
                JSON.createObjectNode()
                        .put("vocab_size", 1_000_000)
                        .put("eos_token_id", golden.path("eos").asInt(0)));
        if (template != null) {
            Files.writeString(model.resolve("chat_template.jinja"), template);
        }
        return SampleTokenizer.open(
                model, LocalDateTime.parse(golden.path("now").asText()), true);
    }
}
