package dev.plimsoll.cli.samples;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.samples.DryRun.Judged;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TrainedSpan;
import dev.plimsoll.wire.codec.Json;

import java.util.ArrayList;
import java.util.List;

/** A judged sample as one line of JSON, for programs. */
final class DryRunJson {

    private static final ObjectMapper JSON = Json.mapper();

    private DryRunJson() {}

    /**
     * {@code text}, {@code tokens} (ids), {@code trained} (pairs [from, to) of Unicode code points
     * of the text), {@code rules} (one for each pair) and {@code notes}; or {@code rejected} (the
     * reason, or UNREADABLE for what cannot be read out of its file) and {@code note}; or
     * {@code skipped} for a repeat. All have {@code id}, {@code place} and {@code shape}.
     */
    static String line(Judged judged) {
        ObjectNode node = JSON.createObjectNode();
        node.put("id", judged.id());
        node.put("place", judged.place());
        node.put("shape", judged.shape());
        switch (judged.fate()) {
            case DryRun.Explained(Explanation explanation) -> put(node, explanation);
            case DryRun.Explained(SampleRefusal refusal) ->
                node.put("rejected", refusal.reason().name()).put("note", refusal.note());
            case DryRun.Repeat _ ->
                node.put("skipped", "REPEAT")
                        .put("note", "the same id with the same content was there before");
            case DryRun.Unreadable(String note) ->
                node.put("rejected", "UNREADABLE").put("note", note);
        }
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw CliFailure.internal(
                    judged.place() + " cannot be written as JSON: " + e.getOriginalMessage());
        }
    }

    private static void put(ObjectNode node, Explanation explanation) {
        node.put("text", explanation.text());
        ArrayNode tokens = node.putArray("tokens");
        for (int token : explanation.sequence().tokens()) {
            tokens.add(token);
        }
        ArrayNode trained = node.putArray("trained");
        ArrayNode rules = node.putArray("rules");
        int chars = 0;
        int points = 0;
        for (TrainedSpan span : joined(explanation.trained())) {
            // spans are in order: each is counted from the one before it
            int from = points + explanation.text().codePointCount(chars, span.from());
            int to = from + explanation.text().codePointCount(span.from(), span.to());
            chars = span.to();
            points = to;
            trained.addArray().add(from).add(to);
            rules.add(span.rule());
        }
        ArrayNode notes = node.putArray("notes");
        List.copyOf(explanation.notes()).forEach(notes::add);
    }

    /** Spans that touch are one, with both rules: what is trained has no seam there. */
    private static List<TrainedSpan> joined(List<TrainedSpan> spans) {
        List<TrainedSpan> joined = new ArrayList<>();
        for (TrainedSpan span : spans) {
            if (!joined.isEmpty() && joined.getLast().to() == span.from()) {
                TrainedSpan before = joined.removeLast();
                joined.add(new TrainedSpan(
                        before.from(), span.to(), before.rule() + ", " + span.rule()));
            } else {
                joined.add(span);
            }
        }
        return joined;
    }
}
