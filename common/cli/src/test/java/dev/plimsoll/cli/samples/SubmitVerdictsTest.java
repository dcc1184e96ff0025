package dev.plimsoll.cli.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** What ingest's records say of the samples that were sent, and of no others. */
class SubmitVerdictsTest {

    private final SentSamples sent = new SentSamples();
    private final SubmitVerdicts verdicts = new SubmitVerdicts(sent);

    private void sent(int partition, long... offsets) {
        for (long offset : offsets) {
            sent.acknowledged(
                    new SampleOrigin(partition, offset),
                    SentSamples.fingerprint("s" + offset, "hash"));
        }
    }

    private static TokenizedSample.Head tokenized(int partition, long offset, int chunk) {
        return new TokenizedSample.Head(
                "s" + offset,
                new SampleOrigin(partition, offset),
                "hash",
                chunk,
                new SequenceRef(0, 10, 5, 2),
                0,
                List.of(),
                SourceName.DEFAULT);
    }

    private static RejectedSample rejected(long offset, RejectionReason reason, String source) {
        return new RejectedSample(
                "s" + offset,
                new SampleOrigin(0, offset),
                source,
                reason,
                "a note",
                new RejectedSample.Content("hash", ""));
    }

    @Test
    void onlyOursCountAndEachOnce() {
        sent(0, 3, 5, 9, 12);
        sent(1, 5);
        verdicts.tokenized(tokenized(0, 4, 0));
        verdicts.tokenized(tokenized(0, 3, 0));
        verdicts.tokenized(tokenized(0, 3, 0));
        verdicts.tokenized(tokenized(0, 3, 1));
        verdicts.tokenized(tokenized(2, 5, 0));
        verdicts.rejected(rejected(5, RejectionReason.NOT_JSON, "f:2"));
        verdicts.rejected(rejected(5, RejectionReason.NOT_JSON, "f:2"));
        verdicts.rejected(rejected(6, RejectionReason.NOT_JSON, "g:1"));
        assertThat(verdicts.lines())
                .containsExactly(
                        "1 accepted, 3 already there, 1 rejected",
                        "  1 rejected as NOT_JSON: f:2: a note");
        assertThat(sent.ends()).isEqualTo(Map.of(0, 13L, 1, 6L));
    }

    @Test
    void samplesThatLostTheirEndsAreCounted() {
        sent(0, 1, 2);
        verdicts.tokenized(tokenized(0, 1, 0));
        verdicts.tokenized(new TokenizedSample.Head(
                "s2",
                new SampleOrigin(0, 2),
                "hash",
                0,
                new SequenceRef(0, 10, 5, 1),
                90,
                List.of(),
                SourceName.DEFAULT));
        assertThat(verdicts.lines())
                .containsExactly("2 accepted (1 of them cut at the run's limit of tokens), 0 "
                        + "already there, 0 rejected");
    }

    @Test
    void samplesThatAreTrainedWithoutSomeOfTheirFieldsAreCountedByField() {
        sent(0, 1, 2, 3, 4);
        for (int offset = 1; offset <= 4; offset++) {
            verdicts.tokenized(new TokenizedSample.Head(
                    "s" + offset,
                    new SampleOrigin(0, offset),
                    "hash",
                    0,
                    new SequenceRef(0, 10, 5, 1),
                    0,
                    offset < 3
                            ? List.of("tools")
                            : offset == 3 ? List.of("reasoning_content", "tools") : List.of(),
                    SourceName.DEFAULT));
        }
        assertThat(verdicts.lines())
                .containsExactly(
                        "4 accepted, 0 already there, 0 rejected",
                        "  1 accepted without reasoning_content and tools, which the model's chat"
                                + " template does not write (untold-fields=reject refuses such"
                                + " samples)",
                        "  2 accepted without tools, which the model's chat template does not"
                                + " write (untold-fields=reject refuses such samples)");
    }

    @Test
    void whatThePlannerRejectsLaterIsRejected() {
        sent(0, 1);
        verdicts.tokenized(tokenized(0, 1, 0));
        verdicts.rejected(rejected(1, RejectionReason.OUT_OF_MEMORY, ""));
        assertThat(verdicts.lines())
                .containsExactly(
                        "0 accepted, 0 already there, 1 rejected",
                        "  1 rejected as OUT_OF_MEMORY: s1: a note");
    }

    @Test
    void programsAreToldTheSame() {
        sent(0, 1, 2, 3);
        verdicts.tokenized(tokenized(0, 1, 0));
        verdicts.rejected(rejected(2, RejectionReason.NOT_JSON, "f:9"));
        Submitter.Counts counts = new Submitter.Counts(3, 0, 0, 4);
        assertThat(verdicts.result(counts, 3).json())
                .isEqualTo("{\"sent\":3,\"unreadable\":4,\"accepted\":1,\"cut\":0,"
                        + "\"alreadyThere\":1,\"rejected\":1,\"withoutVerdict\":0,"
                        + "\"reasons\":[{\"reason\":\"NOT_JSON\",\"count\":1,\"first\":\"f:9\","
                        + "\"note\":\"a note\"}],\"reasonsBefore\":[]}");
        SubmitResult partly = verdicts.result(counts, 2);
        assertThat(partly.alreadyThere()).isZero();
        assertThat(partly.withoutVerdict()).isEqualTo(1);
    }

    @Test
    void aRepeatOfARejectedSampleIsTold() {
        sent(0, 1, 2);
        verdicts.tokenized(tokenized(0, 1, 0));
        verdicts.rejectedBefore(
                rejected(2, RejectionReason.NOT_JSON, "f:9"), sent.withoutVerdict());
        verdicts.rejectedBefore(
                rejected(1, RejectionReason.NOT_JSON, "f:9"), sent.withoutVerdict());
        assertThat(verdicts.anyRejected()).isTrue();
        assertThat(verdicts.lines())
                .containsExactly(
                        "1 accepted, 1 already there, 0 rejected",
                        "  already there, 1 rejected as NOT_JSON: f:9: a note");
    }

    @Test
    void howManyLieBeforeIngestsPosition() {
        for (long offset = 0; offset < 1000; offset += 2) {
            sent(0, offset);
        }
        sent(1, 7);
        assertThat(sent.before(Map.of())).isZero();
        assertThat(sent.before(Map.of(0, 1L))).isEqualTo(1);
        assertThat(sent.before(Map.of(0, 2L))).isEqualTo(1);
        assertThat(sent.before(Map.of(0, 999L, 1, 8L))).isEqualTo(501);
        assertThat(sent.size()).isEqualTo(501);
    }
}
