package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What must be true of what was submitted, kept apart from ingest's own state: each record is
 * tokenized or rejected once, or repeats one that is, or is named as lost; the first content that
 * used an id has it; nothing is invented.
 */
final class SimIntakeTruth {
    private static final Pattern GAP = Pattern.compile("offsets (\\d+) to (\\d+) were deleted");

    private final SimWorld world;
    private final Map<SampleOrigin, SimSubmission> submitted = new LinkedHashMap<>();
    private final Map<SampleOrigin, String> fates = new HashMap<>();
    private final Map<String, SampleOrigin> owners = new HashMap<>();
    private final Set<SampleOrigin> lost = new HashSet<>();
    private int repeats;

    SimIntakeTruth(SimWorld world) {
        this.world = world;
    }

    void submitted(SampleOrigin origin, SimSubmission submission) {
        submitted.put(origin, submission);
    }

    /** A sequence becomes durable; returns which sample it is. */
    SimSample tokenized(TokenizedSample.Head head, TokenizedSample sample) {
        SimSubmission submission = decide(head.origin(), head.sampleId(), "tokenized");
        assertThat(submission.deserves())
                .as("%s may be tokenized", head.origin())
                .isEmpty();
        own(head.origin(), submission);
        assertThat(head.source())
                .as("source of %s", head.origin())
                .isEqualTo(
                        submission.headers().getOrDefault(SourceName.HEADER, SourceName.DEFAULT));
        assertThat(sample.tokens())
                .as("tokens of %s", head.origin())
                .containsOnly((int) submission.sample().ordinal())
                .hasSameSizeAs(submission.sample().tokens());
        assertThat(head.sequence().lossTokens())
                .as("loss tokens of %s", head.origin())
                .isEqualTo(submission.sample().lossTokens());
        return submission.sample();
    }

    /** A rejection by ingest becomes durable. */
    void rejected(RejectedSample sample) {
        if (sample.reason() == RejectionReason.DELETED_UNREAD) {
            lose(sample);
            return;
        }
        SimSubmission submission =
                decide(sample.origin(), sample.sampleId(), sample.reason().name());
        if (sample.reason() != RejectionReason.ID_REUSED) {
            assertThat(submission.deserves())
                    .as("%s is rejected, %s", sample.origin(), sample.note())
                    .contains(sample.reason());
            own(sample.origin(), submission);
            return;
        }
        SampleOrigin owner = owners.get(id(sample.origin(), submission));
        assertThat(owner).as("who has the id of %s", sample).isNotNull();
        assertThat(submitted.get(owner).content())
                .as("the content that has the id of %s", sample)
                .isNotEqualTo(submission.content());
    }

    /** The planner takes a sequence up. */
    void admitted(JournalRecord.SampleAdmitted admitted) {
        TokenizedSample.Head head = SimIntakeTopics.head(
                world.intake.tokenized.get((int) admitted.sequence().ordinal()));
        assertThat(admitted.sampleId() + admitted.origin() + admitted.source())
                .as(
                        "ordinal %d is what lies there in the topic",
                        admitted.sequence().ordinal())
                .isEqualTo(head.sampleId() + head.origin() + head.source());
    }

    /** Every record of {@code samples} has come to an end that can be told. */
    void requireComplete() {
        submitted.forEach((origin, submission) -> {
            if (!fates.containsKey(origin) && !lost.contains(origin)) {
                SampleOrigin owner = owners.get(id(origin, submission));
                assertThat(owner)
                        .as("what became of %s, %s", origin, submission)
                        .isNotNull();
                assertThat(submitted.get(owner).content())
                        .as("%s vanished as a repeat of %s", origin, owner)
                        .isEqualTo(submission.content());
                repeats++;
            }
        });
        assertThat(fates.size() + lost.size() + repeats)
                .as("submitted = tokenized + rejected + repeats + lost")
                .isEqualTo(submitted.size());
    }

    /** How many records came to which end. */
    Map<String, Integer> fates() {
        Map<String, Integer> counts = new TreeMap<>();
        fates.values().forEach(fate -> counts.merge(fate, 1, Integer::sum));
        counts.merge("repeat", repeats, Integer::sum);
        counts.merge("lost", lost.size(), Integer::sum);
        return counts;
    }

    private SimSubmission decide(SampleOrigin origin, String sampleId, String fate) {
        SimSubmission submission = submitted.get(origin);
        assertThat(submission).as("what was submitted at %s", origin).isNotNull();
        submission
                .id()
                .ifPresent(id -> assertThat(sampleId).as("id of %s", origin).isEqualTo(id));
        assertThat(fates.put(origin, fate))
                .as("what had become of %s before it was %s", origin, fate)
                .isNull();
        assertThat(lost).as("what is lost").doesNotContain(origin);
        return submission;
    }

    private void own(SampleOrigin origin, SimSubmission submission) {
        String id = id(origin, submission);
        assertThat(owners.put(id, origin))
                .as("who has the id %s besides %s", id, origin)
                .isNull();
    }

    /** Who gives none means each record. */
    private static String id(SampleOrigin origin, SimSubmission submission) {
        return submission.id().orElseGet(() -> "derived from " + origin);
    }

    private void lose(RejectedSample gap) {
        Matcher told = GAP.matcher(gap.note());
        assertThat(told.find()).as("a gap that is named: %s", gap.note()).isTrue();
        int partition = gap.origin().partition();
        for (long at = Long.parseLong(told.group(1)); at <= Long.parseLong(told.group(2)); at++) {
            SampleOrigin origin = new SampleOrigin(partition, at);
            assertThat(at).as("%s was deleted", origin).isLessThan(world.intake.begin[partition]);
            assertThat(fates).as("what was read").doesNotContainKey(origin);
            assertThat(lost.add(origin)).as("%s is lost once", origin).isTrue();
        }
    }
}
