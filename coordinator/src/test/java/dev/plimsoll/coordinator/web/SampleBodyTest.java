package dev.plimsoll.coordinator.web;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.wire.sample.SubmittedSample;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** What the lines of a request become. */
class SampleBodyTest {

    private static final int MOST = 5_000;

    private final List<SubmittedSample> sent = new ArrayList<>();
    private final SampleBody body = body(SubmittedSample.MAX_BYTES);

    private SampleBody body(int mostBytes) {
        return new SampleBody("crm", mostBytes, MOST, sent::add, Optional::empty);
    }

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
        SampleBody small = body(2_000);
        String frame = "{\"text\":\"\"}";
        int room = 2_000 - frame.length();
        SampleBody.Outcome outcome = small.read(text("{\"text\":\"" + "a".repeat(room) + "\"}\n"
                + "{\"text\":\"" + "a".repeat(room + 1) + "\"}\n"));
        assertThat(outcome.status()).isEqualTo(413);
        assertThat(outcome.answer().sent()).isEqualTo(1);
        assertThat(outcome.answer().error())
                .contains("line 2 has 2001 bytes and the most is 2000 (max-sample-bytes)");
    }

    /** Lines with an empty object, for ever. */
    private static final class Endless extends InputStream {
        private static final byte[] LINE = {'{', '}', '\n'};
        private long read;

        @Override
        public int read() {
            return LINE[(int) (read++ % LINE.length)];
        }
    }

    @Test
    void aRequestHasSoManySamplesAndNoMore() {
        String most = "{}\n".repeat(MOST);
        SampleBody.Outcome all = body.read(text(most + "\n\n"));
        assertThat(all.status()).isEqualTo(200);
        assertThat(all.answer().ids()).hasSize(MOST);
        sent.clear();

        Endless endless = new Endless();
        SampleBody.Outcome outcome = body(2_000).read(endless);
        assertThat(outcome.status()).isEqualTo(413);
        assertThat(outcome.answer().sent()).isEqualTo(MOST);
        assertThat(outcome.answer().ids()).hasSize(MOST);
        assertThat(outcome.answer().error())
                .startsWith("the body has more than 5000 samples")
                .contains("5000 were sent: send line 5001 and those behind it");
        assertThat(sent).hasSize(MOST);
        assertThat(endless.read).isLessThan(100_000);
    }

    @Test
    void aSmallBodyThatIsCompressedIsBoundedByItsSamples() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            byte[] lines = "{}\n".repeat(10_000).getBytes(UTF_8);
            for (int i = 0; i < 1_000; i++) {
                out.write(lines);
            }
        }
        assertThat(packed.size()).isLessThan(100_000);
        SampleBody.Outcome outcome = body.read(new ByteArrayInputStream(packed.toByteArray()));
        assertThat(outcome.status()).isEqualTo(413);
        assertThat(outcome.answer().ids()).hasSize(MOST);
    }

    @Test
    void aRequestIsNotTakenFurtherWhenTooManyWait() {
        Iterator<Optional<String>> looks = List.of(
                        Optional.<String>empty(), Optional.of("70 wait and the most is 50"))
                .iterator();
        SampleBody.Outcome outcome = new SampleBody(
                        "crm", SubmittedSample.MAX_BYTES, 100_000, sent::add, looks::next)
                .read(new Endless());
        assertThat(outcome.status()).isEqualTo(429);
        assertThat(outcome.answer().sent()).isEqualTo(20_000);
        assertThat(outcome.answer().error())
                .isEqualTo("70 wait and the most is 50; 20000 were sent: send line 20001 and those "
                        + "behind it in another request, with another source where samples have no "
                        + "ids of their own, later");
        assertThat(sent).hasSize(20_000);
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
