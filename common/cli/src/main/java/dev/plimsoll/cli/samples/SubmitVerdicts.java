package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.samples.SentSamples.Verdict;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.TokenizedSample;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Joins the samples that were sent with what ingest wrote of them. What ingest has dealt with and
 * wrote nothing of is a repeat. Pure; not safe for use by several threads.
 */
final class SubmitVerdicts {

    /** The samples that one reason rejected, and the first of them. */
    private static final class Rejections {
        private long count;
        private final String first;
        private final String note;

        Rejections(RejectedSample sample) {
            this.first = sample.source().isEmpty() ? sample.sampleId() : sample.source();
            this.note = sample.note();
        }
    }

    private final SentSamples sent;
    private final Map<RejectionReason, Rejections> rejections =
            new EnumMap<>(RejectionReason.class);
    private final Map<RejectionReason, Rejections> before = new EnumMap<>(RejectionReason.class);
    private long accepted;
    private long rejected;

    SubmitVerdicts(SentSamples sent) {
        this.sent = sent;
    }

    /** A sequence by whomever; of its parts the first counts. */
    void tokenized(TokenizedSample.Head head) {
        if (head.chunk() == 0
                && sent.judge(head.origin(), Verdict.ACCEPTED)
                        .filter(Verdict.NONE::equals)
                        .isPresent()) {
            accepted++;
        }
    }

    /** A rejection by whomever: ingest's, or the planner's of what ingest accepted. */
    void rejected(RejectedSample sample) {
        sent.judge(sample.origin(), Verdict.REJECTED).ifPresent(known -> {
            if (known != Verdict.REJECTED) {
                accepted -= known == Verdict.ACCEPTED ? 1 : 0;
                rejected++;
                count(rejections, sample);
            }
        });
    }

    /**
     * A rejection that was there before anything was sent: a repeat of it is refused as it was.
     *
     * @param repeats the fingerprints of the repeats, sorted
     */
    void rejectedBefore(RejectedSample sample, long[] repeats) {
        long fingerprint =
                SentSamples.fingerprint(sample.sampleId(), sample.content().sha256());
        if (Arrays.binarySearch(repeats, fingerprint) >= 0) {
            count(before, sample);
        }
    }

    private static void count(Map<RejectionReason, Rejections> by, RejectedSample sample) {
        by.computeIfAbsent(sample.reason(), _ -> new Rejections(sample)).count++;
    }

    long accepted() {
        return accepted;
    }

    long rejected() {
        return rejected;
    }

    /** Once ingest has dealt with all that was sent. */
    long repeated() {
        return sent.size() - accepted - rejected;
    }

    /** Whether one is rejected, now or when it was sent before. */
    boolean anyRejected() {
        return rejected > 0 || !before.isEmpty();
    }

    /** For people, once all is read: the counts, then each reason with its first sample. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(accepted + " accepted, " + repeated() + " already there, " + rejected
                + " rejected");
        rejections.forEach((reason, of) -> lines.add(line("", reason, of)));
        before.forEach((reason, of) -> lines.add(line("already there, ", reason, of)));
        return lines;
    }

    private static String line(String before, RejectionReason reason, Rejections of) {
        return "  " + before + of.count + " rejected as " + reason
                + (of.count == 1 ? ": " : ", the first: ") + Shown.safe(of.first) + ": "
                + Shown.safe(of.note);
    }
}
