package dev.plimsoll.coordinator.web;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.wire.sample.SubmittedSample;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What the lines of a request become. */
class SampleBodyTest {

    private final List<SubmittedSample> sent = new ArrayList<>();
    private final SampleBody body = new SampleBody("crm", SubmittedSample.MAX_BYTES, sent::add);

    private static InputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    @Test
    void eachLineIsSentWithTheIdThatSubmitGives() {
        SampleBody.Outcome outcome =
                body.read(text("{\"id\":\"mine\",\"text\":\"a\"}\n\n{\"text\":\"b\"}\n"));
        String derived = SampleIds.derive("crm", 3, "{\"text\":\"b\"}".getBytes(UTF_8));
        assertThat(outcome.status()).isEqualTo(200);
        assertThat(outcome.answer().ids()).containsExactly("mine", derived);
        assertThat(outcome.answer().problems()).isEmpty();
        assertThat(sent).extracting(SubmittedSample::id).containsExactly("mine", derived);
        assertThat(sent.getLast().place()).isEqualTo(new SubmittedSample.Place("crm", "crm", 3));
    }

    @Test
    void whatWillBeRejectedIsToldAndSentAllTheSame() {
        SampleBody.Outcome outcome = body.read(text("{\"text\":1}\nnot json\n{\"text\":\"b\"}"));
        assertThat(outcome.status()).isEqualTo(200);
        assertThat(outcome.answer().sent()).isEqualTo(3);
        assertThat(outcome.answer().willBeRejected()).isEqualTo(2);
        assertThat(outcome.answer().problems())
                .extracting(SampleBody.Problem::line, SampleBody.Problem::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1L, "BAD_FIELD"),
                        org.assertj.core.groups.Tuple.tuple(2L, "NOT_JSON"));
        assertThat(sent).hasSize(3);
    }

    @Test
    void aBodyWithoutSamplesIsABadRequest() {
        assertThat(body.read(text("\n\n")).status()).isEqualTo(400);
        assertThat(body.read(text("")).answer().error()).contains("one JSON object a line");
    }

    @Test
    void aLineHasAsManyBytesAsTheSettingSaysAndNoMore() {
        SampleBody small = new SampleBody("crm", 2_000, sent::add);
        String frame = "{\"text\":\"\"}";
        int room = 2_000 - frame.length();
        SampleBody.Outcome outcome = small.read(text("{\"text\":\"" + "a".repeat(room) + "\"}\n"
                + "{\"text\":\"" + "a".repeat(room + 1) + "\"}\n"));
        assertThat(outcome.status()).isEqualTo(413);
        assertThat(outcome.answer().sent()).isEqualTo(1);
        assertThat(outcome.answer().error())
                .contains("line 2 has 2001 bytes and the most is 2000 (max-sample-bytes)");
    }

    @Test
    void aLineOverTheLimitEndsIt() {
        byte[] part = "x".repeat(1 << 20).getBytes(UTF_8);
        List<InputStream> parts = new ArrayList<>(List.of(text("{\"text\":\"a\"}\n")));
        for (int i = 0; i < 65; i++) {
            parts.add(new ByteArrayInputStream(part));
        }
        SampleBody.Outcome outcome =
                body.read(new SequenceInputStream(Collections.enumeration(parts)));
        assertThat(outcome.status()).isEqualTo(413);
        assertThat(outcome.answer().sent()).isEqualTo(1);
        assertThat(outcome.answer().error()).contains("line 2 has 68157440 bytes");
    }
}
