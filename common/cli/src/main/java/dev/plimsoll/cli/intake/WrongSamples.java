package dev.plimsoll.cli.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.sample.RejectionReason;

import java.util.List;

/** Lines that are JSON, and no samples that can be trained. */
final class WrongSamples {

    private static final String PAIR = "\"prompt\": \"How # tons?\", \"completion\": \"So.\"";
    private static final int LONG_TEXT = 9_000;

    private WrongSamples() {}

    static List<Fault> faults() {
        return List.of(
                shape("a list", "[\"#\"]"),
                shape("a string", "\"#\""),
                shape("a number", "#"),
                shape("null", "null"),
                shape("true", "true"),
                shape("no known field", "{\"body\": \"a#\"}"),
                shape("no field", "{}"),
                field("a text that is a number", "{\"text\": #}"),
                field("a text that is NaN", "{\"text\": NaN, \"n\": #}"),
                field("a text that is a list", "{\"text\": [\"a#\"]}"),
                field("a lone surrogate", "{\"text\": \"a#\\ud800b\"}"),
                field("a lone surrogate in an id", "{\"id\": \"#\\udc00\", " + PAIR + "}"),
                field("an id with a line break", "{\"id\": \"#\\n\", " + PAIR + "}"),
                field(
                        "an id of 300 characters",
                        "{\"id\": \"#" + "x".repeat(300) + "\"," + PAIR + "}"),
                field("an id that is a list", "{\"id\": [#], " + PAIR + "}"),
                field("an id that is no whole number", "{\"id\": #.5, " + PAIR + "}"),
                field("an empty id", "{\"id\": \" \", " + PAIR + "}"),
                field("no completion", "{\"prompt\": \"How #?\"}"),
                field("no prompt", "{\"completion\": \"So #.\"}"),
                field("a completion that is an object", "{\"prompt\": \"#\", \"completion\": {}}"),
                field("messages that are a string", "{\"messages\": \"user: #\"}"),
                field("messages that are strings", "{\"messages\": [\"#\", \"b\"]}"),
                field("a message without a role", turn("", "\"a#\"")),
                field(
                        "a message without content",
                        "{\"messages\": [{\"role\": \"user\"}, "
                                + "{\"role\": \"assistant\", \"content\": \"#\"}]}"),
                field("a role that is a number", turn("\"role\": #, ", "\"a\"")),
                field(
                        "a role that the template refuses",
                        turn("\"role\": \"narrator\", ", "\"a#\"")),
                field("content that is a number", turn("\"role\": \"user\", ", "#")),
                field(
                        "a picture in the content",
                        turn(
                                "\"role\": \"user\", ",
                                "[{\"type\": \"image_url\", \"image_url\": \"file#\"}]")),
                field("a weight of one half", "{\"weight\": 0.5, " + PAIR + "}"),
                field("a weight that is NaN", "{\"weight\": NaN, " + PAIR + "}"),
                field("labels of tokens", "{\"labels\": [1, -100], " + PAIR + "}"),
                field("pictures", "{\"images\": [\"a#.png\"], " + PAIR + "}"),
                field(
                        "prompts that are to be trained",
                        "{\"train_on_inputs\": true, " + PAIR + "}"),
                field("a template that raises", hostile("raise #")),
                nothing(
                        "no turn of the assistant",
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"a#\"}]}"),
                nothing("an empty text", "{\"text\": \"\", \"n\": #}"),
                nothing("weight 0", "{\"weight\": 0, " + PAIR + "}"),
                field("an example of what is wrong", "{\"label\": false, " + PAIR + "}"),
                new Fault(
                        "more tokens than the model takes",
                        RejectionReason.TOO_MANY_TOKENS,
                        r -> ("{\"text\": \"" + "load ".repeat(LONG_TEXT / 5) + r.nextLong(1L << 40)
                                        + "\"}")
                                .getBytes(UTF_8)));
    }

    /** @param id of a sample that was accepted before */
    static Fault reused(String id) {
        return Fault.text(
                "an id that was used before",
                RejectionReason.ID_REUSED,
                "{\"id\": \"" + id + "\", \"text\": \"load #\"}");
    }

    /** They cost seconds each, so there are only a few. */
    static List<Fault> costly() {
        return List.of(
                field("a template without an end", hostile("loop #")),
                field("a template that grows", hostile("grow #")));
    }

    /** What the bench's template does something bad with, see {@link HostileModel}. */
    private static String hostile(String what) {
        return turn("\"role\": \"user\", ", "\"" + HostileModel.MARK + what + "\"");
    }

    private static String turn(String role, String content) {
        return "{\"messages\": [{" + role + "\"content\": " + content
                + "}, {\"role\": \"assistant\", \"content\": \"b\"}]}";
    }

    private static Fault shape(String kind, String line) {
        return Fault.text(kind, RejectionReason.UNKNOWN_SHAPE, line);
    }

    private static Fault field(String kind, String line) {
        return Fault.text(kind, RejectionReason.BAD_FIELD, line);
    }

    private static Fault nothing(String kind, String line) {
        return Fault.text(kind, RejectionReason.NOTHING_TO_TRAIN, line);
    }
}
