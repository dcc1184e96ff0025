package dev.plimsoll.coordinator.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SubmittedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

import java.util.OptionalInt;

/** A line too large to send arrives as its beginning, its length and its hash. */
class OversizeMarkerTest {

    private static final String BEGINNING = "{\"text\": \"once upon a time\"}";

    private static RejectedSample rejected(String announcedBytes) {
        return rejected(announcedBytes, SubmittedSample.MAX_BYTES);
    }

    private static RejectedSample rejected(String announcedBytes, int mostBytes) {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "plimsoll.samples", 0, 7, "big".getBytes(UTF_8), BEGINNING.getBytes(UTF_8));
        record.headers().add("plimsoll_oversize", announcedBytes.getBytes(UTF_8));
        record.headers().add("plimsoll_sha256", "ab".repeat(32).getBytes(UTF_8));
        record.headers().add("plimsoll_file", "books.jsonl".getBytes(UTF_8));
        record.headers().add("plimsoll_line", "12".getBytes(UTF_8));
        SampleIntake intake = new SampleIntake(
                sample -> new SampleRefusal(
                        RejectionReason.NOTHING_TO_TRAIN, "the marker was tokenized"),
                OptionalInt.empty(),
                mostBytes);
        return ((SampleIntake.Outcome.Reject)
                        intake.take(Submission.of(record), new ClaimedIds()::claim))
                .sample();
    }

    @Test
    void isRejectedAsTooLargeEvenIfItsBeginningWouldBeASample() {
        RejectedSample rejected = rejected("600000000");
        assertThat(rejected.reason()).isEqualTo(RejectionReason.TOO_LARGE);
        assertThat(rejected.note()).contains("600000000 bytes");
        assertThat(rejected.source()).isEqualTo("books.jsonl:12");
        assertThat(rejected.content())
                .isEqualTo(new RejectedSample.Content("ab".repeat(32), BEGINNING));
    }

    @Test
    void aSampleHasAsManyBytesAsTheSettingSaysAndNoMore() {
        assertThat(rejected("2000", 2_000).note()).contains("only its beginning was sent");
        assertThat(rejected("2001", 2_000).note())
                .isEqualTo("it has 2001 bytes and the most is 2000; split it, or have the"
                        + " coordinator started with a larger max-sample-bytes");
        assertThat(rejected("2001", 2_000).reason()).isEqualTo(RejectionReason.TOO_LARGE);
        // nothing larger can be given
        assertThat(rejected("67108865").note()).endsWith("split it");
    }

    @Test
    void theMarkerOfAnOlderSubmitterIsNotTakenForTheSample() {
        assertThat(rejected("600000").reason()).isEqualTo(RejectionReason.TOO_LARGE);
        assertThat(rejected("600000").note()).contains("only its beginning was sent");
    }

    @Test
    void aHeaderThatIsNoLengthAnnouncesNothing() {
        assertThat(rejected("many").note()).isEqualTo("the marker was tokenized");
    }

    @Test
    void aFileNameThatNobodyWroteIsCut() {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "plimsoll.samples", 0, 7, "k".getBytes(UTF_8), BEGINNING.getBytes(UTF_8));
        record.headers().add("plimsoll_file", ("a\n" + "\033".repeat(180_000)).getBytes(UTF_8));
        record.headers().add("plimsoll_line", "9".repeat(1000).getBytes(UTF_8));
        assertThat(Submission.of(record).source())
                .startsWith("a??")
                .hasSize(256 + 1 + 20)
                .doesNotContain("\033");
    }
}
