package dev.plimsoll.cli.samples;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TrainedSpan;
import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceFile;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.Test;

import java.util.List;

/** What a dry run makes of samples, and how it shows them. */
class DryRunTest {

    private final DryRun run = new DryRun(DryRunTest::explain);
    private final SampleMaker maker = new SampleMaker("test", "f.jsonl");
    private int line;

    /**
     * The text with a character beyond the first plane in front, trained from the fifth char on.
     */
    private static ExplainOutcome explain(ParsedSample sample) {
        String text = "\uD83D\uDE00<s>" + ((ParsedSample.Text) sample).text();
        if (text.contains("long")) {
            return new SampleRefusal(RejectionReason.TOO_MANY_TOKENS, "it is too long");
        }
        return new Explanation(
                text,
                new TokenSequence(
                        new int[] {1, 7, 9, 2},
                        new boolean[] {false, true, true, false},
                        text.contains("tools") ? List.of("tools") : List.of()),
                List.of(new int[] {0, 5}),
                List.of(
                        new TrainedSpan(5, text.length() - 1, "the whole text"),
                        new TrainedSpan(text.length() - 1, text.length(), "its end")),
                List.of("A note."));
    }

    private DryRun.Judged judge(String json) {
        maker.opened(SourceFile.STDIN);
        Place place = new Place("f.jsonl", Place.Kind.LINE, ++line);
        return run.judge(new SourceItem.Record(place, json.getBytes(UTF_8)), maker)
                .orElseThrow();
    }

    private static JsonNode json(DryRun.Judged judged) throws Exception {
        String line = DryRunJson.line(judged);
        assertThat(line).doesNotContain("\n");
        return Json.mapper().readTree(line);
    }

    @Test
    void theSummarySaysWhatIsLeftOut() {
        judge("{\"text\":\"abc\"}");
        judge("{\"text\":\"with tools\"}");
        assertThat(run.summary())
                .contains("2 would be trained")
                .contains("1 accepted without tools, which the model's chat template does not"
                        + " write");
    }

    /** As Arrow writes JSON; of Parquet such fields are left out. */
    @Test
    void callsAndToolsWithNullsAreTold() {
        String told = "that are null, and the chat template gets them so";
        maker.opened(SourceFile.STDIN);
        make(chat("{\"a\":1,\"b\":[null,\"\"]}", "{\"a\":{}}"));
        make(chat("\"{\\\"a\\\":null}\"", "{\"a\":{\"default\":1}}"));
        assertThat(maker.notes()).isEmpty();
        make(chat("{\"a\":1,\"b\":null}", "{\"a\":{}}"));
        assertThat(maker.notes())
                .singleElement()
                .asString()
                .startsWith("1 call has arguments " + told)
                .contains("leave them out", "Parquet");
        make(chat("{\"a\":[{\"c\":null}]}", "{\"a\":{},\"b\":null}"));
        assertThat(maker.notes())
                .singleElement()
                .asString()
                .startsWith("2 calls have arguments and 1 tool has properties " + told);
        maker.opened(SourceFile.STDIN);
        assertThat(maker.notes()).isEmpty();
    }

    private void make(String json) {
        SampleMaker.Made made = maker.of(new SourceItem.Record(
                new Place("f.jsonl", Place.Kind.LINE, ++line), json.getBytes(UTF_8)));
        assertThat(made.parsed()).isInstanceOf(ParsedSample.class);
    }

    private static String chat(String arguments, String properties) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\","
                + "\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
                + "\"arguments\":" + arguments + "}}]}],\"tools\":[{\"type\":\"function\","
                + "\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\","
                + "\"properties\":" + properties + "}}}]}";
    }

    @Test
    void jsonCountsCodePoints() throws Exception {
        JsonNode node = json(judge("{\"id\":\"a\",\"text\":\"abc\"}"));
        assertThat(node.path("text").textValue()).isEqualTo("\uD83D\uDE00<s>abc");
        assertThat(node.path("trained").toString()).isEqualTo("[[4,7]]");
        assertThat(node.path("tokens").toString()).isEqualTo("[1,7,9,2]");
        assertThat(node.path("rules").toString()).isEqualTo("[\"the whole text, its end\"]");
        assertThat(node.path("notes").toString()).isEqualTo("[\"A note.\"]");
        assertThat(node.path("id").textValue()).isEqualTo("a");
        assertThat(node.path("place").textValue()).isEqualTo("f.jsonl:1");
        assertThat(node.path("shape").textValue()).isEqualTo("text");
    }

    @Test
    void whatIsRejectedHasReasonNoteAndPlace() throws Exception {
        JsonNode node = json(judge("{\"text\":1}"));
        assertThat(node.path("rejected").textValue()).isEqualTo("BAD_FIELD");
        assertThat(node.path("note").textValue()).contains("text");
        assertThat(node.path("place").textValue()).isEqualTo("f.jsonl:1");
        assertThat(json(judge("{\"text\":\"long\"}")).path("rejected").textValue())
                .isEqualTo("TOO_MANY_TOKENS");
        assertThat(run.anyRejected()).isTrue();
    }

    @Test
    void idsAreJudgedAsIngestJudgesThem() throws Exception {
        judge("{\"id\":\"a\",\"text\":\"abc\"}");
        assertThat(json(judge("{\"id\":\"a\",\"text\":\"abc\"}"))
                        .path("skipped")
                        .textValue())
                .isEqualTo("REPEAT");
        assertThat(json(judge("{\"id\":\"a\",\"text\":\"other\"}"))
                        .path("rejected")
                        .textValue())
                .isEqualTo("ID_REUSED");
        assertThat(run.summary())
                .isEqualTo("3 samples: 1 would be trained (4 tokens, 2 of them trained), 1 "
                        + "rejected, 1 as ID_REUSED, 1 are repeats and would be skipped; nothing "
                        + "was sent");
    }

    @Test
    void peopleSeeWhatIsTrainedBetweenMarks() {
        String text = new DryRunText(false).of(judge("{\"id\":\"a\",\"text\":\"b\\u001b[2Jc\"}"));
        assertThat(text)
                .contains("f.jsonl:1  id a  text: 4 tokens, 2 of them trained\n")
                .contains("<s>«b\\u001b[2Jc»\n")
                .contains("tokens: 1 «7 9» 2\n")
                .contains("the whole text", "note: A note.");
        assertThat(new DryRunText(true).of(judge("{\"text\":\"abc\"}")))
                .contains("<s>\033[32;1mabc\033[0m\n");
        assertThat(new DryRunText(false).of(judge("{\"text\":\"long\"}")))
                .contains("rejected, TOO_MANY_TOKENS: it is too long\n");
    }

    @Test
    void whatCannotBeReadIsTold() throws Exception {
        maker.opened(SourceFile.STDIN);
        SourceItem broken = new SourceItem.Broken(
                new Place("f.jsonl", Place.Kind.ROW, 3), "row 3 has 2 values of 4", "fill it");
        JsonNode node = json(run.judge(broken, maker).orElseThrow());
        assertThat(node.path("rejected").textValue()).isEqualTo("UNREADABLE");
        assertThat(node.path("place").textValue()).isEqualTo("f.jsonl:3");
        assertThat(run.summary()).contains("1 places cannot be read");
    }
}
