package dev.plimsoll.model.samples;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.stream.Collectors;

/** Records written with single quotation marks, and what they become. */
final class Parsed {

    private Parsed() {}

    static SampleReading read(String json) {
        return SampleParser.read(json.replace('\'', '"').getBytes(UTF_8));
    }

    static ParseOutcome outcome(String json) {
        return read(json).outcome();
    }

    static Conversation conversation(String json) {
        ParseOutcome outcome = outcome(json);
        assertThat(outcome).as(json).isInstanceOf(Conversation.class);
        return (Conversation) outcome;
    }

    /** {@code role*: content / …}, with the star where a turn is trained. */
    static String lines(String json) {
        return conversation(json).messages().stream()
                .map(message ->
                        message.role() + (message.trained() ? "*: " : ": ") + message.content())
                .collect(Collectors.joining(" / "));
    }

    static void assertRefused(String json, RejectionReason reason, String note) {
        assertThat(outcome(json)).as(json).isInstanceOfSatisfying(SampleRefusal.class, refusal -> {
            assertThat(refusal.note()).contains(note);
            assertThat(refusal.reason()).isEqualTo(reason);
        });
    }
}
