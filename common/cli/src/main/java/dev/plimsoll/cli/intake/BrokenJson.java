package dev.plimsoll.cli.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.sample.RejectionReason;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.SplittableRandom;

/** Lines that are no JSON. */
final class BrokenJson {

    private static final int DEEP = 10_000;
    private static final String VALID =
            "{\"prompt\": \"How is load # carried?\", \"completion\": \"Below the line.\"}";

    private BrokenJson() {}

    static List<Fault> faults() {
        return List.of(
                bytes("a byte that is no UTF-8", 0xff),
                bytes("a character that is cut", 0xe2, 0x82),
                bytes("UTF-8 longer than needed", 0xc0, 0xaf),
                bytes("a surrogate in UTF-8", 0xed, 0xa0, 0x80),
                bytes("a byte NUL", 0),
                bytes("a vertical tab as it is", 0x0b),
                text("two byte order marks", "\ufeff\ufeff" + VALID),
                text("two samples with a carriage return between", VALID + "\r" + VALID),
                text("two samples on a line", VALID + VALID),
                text("a field given twice", "{\"text\": \"a#\", \"text\": \"b\"}"),
                text("a field given twice inside", messages("\"role\": \"user\", ", "a#")),
                text("single quotes", "{'text': 'a#'}"),
                text("a comma at the end", "{\"text\": \"a#\",}"),
                text("a comment", "{\"text\": \"a#\"} // good"),
                text("an escape that is none", "{\"text\": \"a#\\x41\"}"),
                text("half an escape", "{\"text\": \"a#\\u00"),
                text("names without quotes", "{text: \"a#\"}"),
                text("Python's words", "{\"text\": \"a#\", \"id\": None}"),
                text("a number with a leading zero", "{\"text\": \"a\", \"n\": 0123#}"),
                text("not a word of JSON", "well, # tons"),
                text("a row of a table", "#,How?,So."),
                new Fault("a line that is cut", RejectionReason.NOT_JSON, BrokenJson::cut),
                new Fault("lists 10,000 deep", RejectionReason.NOT_JSON, r -> deep(r, "[", "]")),
                new Fault(
                        "objects 10,000 deep",
                        RejectionReason.NOT_JSON,
                        r -> deep(r, "{\"a\":", "}")));
    }

    private static Fault text(String kind, String line) {
        return Fault.text(kind, RejectionReason.NOT_JSON, line);
    }

    private static String messages(String twice, String content) {
        return "{\"messages\": [{" + twice + "\"role\": \"user\", \"content\": \"" + content
                + "\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}";
    }

    /** In the middle of a text. */
    private static Fault bytes(String kind, int... inserted) {
        return new Fault(kind, RejectionReason.NOT_JSON, random -> {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            line.writeBytes(("{\"text\": \"load " + random.nextLong(1L << 40)).getBytes(UTF_8));
            for (int one : inserted) {
                line.write(one);
            }
            line.writeBytes(" carried\"}".getBytes(UTF_8));
            return line.toByteArray();
        });
    }

    private static byte[] cut(SplittableRandom random) {
        String line = VALID.replace("#", Long.toString(random.nextLong(1L << 40)));
        return line.substring(0, random.nextInt(1, line.length())).getBytes(UTF_8);
    }

    private static byte[] deep(SplittableRandom random, String open, String close) {
        return ("{\"text\": \"" + random.nextLong(1L << 40) + "\", \"more\": " + open.repeat(DEEP)
                        + "1" + close.repeat(DEEP) + "}")
                .getBytes(UTF_8);
    }
}
