package dev.plimsoll.model.jinja;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Renders what {@code src/test/python/jinja_cases.py} or {@code jinja_fuzz.py} wrote and compares
 * it with what Transformers gave.
 */
final class Cases {

    static final LocalDateTime NOW = LocalDateTime.of(2025, 3, 9, 14, 5, 7);
    static final ObjectMapper JSON = new ObjectMapper();

    /** How a rendering compares. */
    enum Outcome {
        EXACT,
        BOTH_REFUSE,
        REFUSED_BY_NAME,
        DIFFERENT,
        OTHER_SPANS,
        /** Both refuse, but not both by the template's own words, or not with the same. */
        OTHER_REASON,
        WRONGLY_REFUSED,
        NOT_REFUSED
    }

    final Map<Outcome, Integer> counts = new TreeMap<>();
    final List<String> notes = new ArrayList<>();

    static Object value(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> node.textValue();
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> node.isIntegralNumber() ? node.bigIntegerValue() : node.doubleValue();
            case ARRAY -> {
                List<Object> items = new ArrayList<>();
                node.forEach(item -> items.add(value(item)));
                yield items;
            }
            case OBJECT -> variables(node);
            default -> null;
        };
    }

    static Map<String, Object> variables(JsonNode node) {
        Map<String, Object> map = new LinkedHashMap<>();
        node.properties().forEach(each -> map.put(each.getKey(), value(each.getValue())));
        return map;
    }

    void run(Path directory) throws IOException {
        JsonNode templates = JSON.readTree(directory.resolve("templates.json").toFile());
        JsonNode chats = JSON.readTree(directory.resolve("chats.json").toFile());
        try (BufferedReader lines = Files.newBufferedReader(directory.resolve("cases.jsonl"))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode wanted = JSON.readTree(line);
                JsonNode template = templates.get(wanted.get("template").asInt());
                JsonNode chat = chats.get(wanted.get("chat").asInt());
                Map<String, Object> variables = variables(template.get("tokens"));
                variables.putAll(variables(chat.get("variables")));
                String name = "template " + wanted.get("template") + ", " + chat.get("name");
                compare(name, template.get("source").textValue(), variables, wanted);
            }
        }
    }

    void compare(String name, String source, Map<String, Object> variables, JsonNode wanted) {
        Outcome outcome;
        String note = "";
        try {
            Rendering given = JinjaTemplate.parse(source).render(variables, NOW, Limits.DEFAULT);
            String text = given.text().string();
            if (wanted.has("error")) {
                outcome = Outcome.NOT_REFUSED;
                note = wanted.get("error").textValue() + ": "
                        + wanted.get("message").textValue() + " | we: " + text;
            } else if (!text.equals(wanted.get("text").textValue())) {
                outcome = Outcome.DIFFERENT;
                note = difference(wanted.get("text").textValue(), text);
            } else if (wanted.has("spans")
                    && !spans(given).equals(wanted.get("spans").toString())) {
                outcome = Outcome.OTHER_SPANS;
                note = wanted.get("spans") + " | we: " + spans(given);
            } else {
                outcome = Outcome.EXACT;
            }
        } catch (TemplateError error) {
            note = error.kind() + " " + error.getMessage();
            outcome = wanted.has("error")
                    ? (sameReason(error, wanted) ? Outcome.BOTH_REFUSE : Outcome.OTHER_REASON)
                    : error.kind() == TemplateError.Kind.UNSUPPORTED
                            ? Outcome.REFUSED_BY_NAME
                            : Outcome.WRONGLY_REFUSED;
        } catch (RuntimeException | Error bug) {
            outcome = Outcome.WRONGLY_REFUSED;
            note = bug + " "
                    + List.of(bug.getStackTrace())
                            .subList(0, Math.min(6, bug.getStackTrace().length));
        }
        counts.merge(outcome, 1, Integer::sum);
        if (outcome != Outcome.EXACT && outcome != Outcome.BOTH_REFUSE) {
            notes.add(outcome + " " + name + ": " + note);
        }
    }

    private static boolean sameReason(TemplateError error, JsonNode wanted) {
        boolean raised = wanted.get("error").textValue().equals("TemplateError");
        boolean ours = error.kind() == TemplateError.Kind.RAISED;
        String message = error.getMessage();
        return raised == ours
                && (!raised
                        || message.substring(0, Math.min(200, message.length()))
                                .equals(wanted.get("message").textValue()));
    }

    /** Transformers counts code points. */
    private static String spans(Rendering given) {
        String text = given.text().string();
        StringBuilder all = new StringBuilder("[");
        for (Span span : given.generated()) {
            all.append(all.length() > 1 ? "," : "")
                    .append('[')
                    .append(text.codePointCount(0, Math.min(span.from(), text.length())))
                    .append(',')
                    .append(text.codePointCount(0, Math.min(span.to(), text.length())))
                    .append(']');
        }
        return all.append(']').toString();
    }

    private static String difference(String wanted, String given) {
        int at = 0;
        while (at < Math.min(wanted.length(), given.length())
                && wanted.charAt(at) == given.charAt(at)) {
            at++;
        }
        int from = Math.max(0, at - 30);
        return "at " + at + " wanted …"
                + wanted.substring(from, Math.min(wanted.length(), at + 60)) + "… given …"
                + given.substring(from, Math.min(given.length(), at + 60)) + "…";
    }

    /** Compares a folder of cases and says how many agree. */
    public static void main(String[] arguments) throws IOException {
        Cases cases = new Cases();
        cases.run(Path.of(arguments[0]));
        System.out.println(cases.counts);
        cases.notes.stream()
                .limit(arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20)
                .forEach(note -> System.out.println(note.replace("\n", "\\n")));
    }
}
