package dev.plimsoll.model.samples;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.wire.sample.RejectionReason;

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

    /** One message a line: {@code role*: content}, with the star where it is trained. */
    static String lines(String json) {
        StringBuilder lines = new StringBuilder();
        for (Message message : conversation(json).messages()) {
            lines.append(message.role())
                    .append(message.trained() ? "*: " : ": ")
                    .append(message.content())
                    .append('|');
        }
        return lines.toString();
    }

    static void assertRefused(String json, RejectionReason reason, String note) {
        assertThat(outcome(json)).as(json).isInstanceOfSatisfying(SampleRefusal.class, refusal -> {
            assertThat(refusal.note()).contains(note);
            assertThat(refusal.reason()).isEqualTo(reason);
        });
    }
}
