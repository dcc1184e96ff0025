package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.samples.SentSamples.Verdict;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.TokenizedSample;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Joins the samples that were sent with what ingest wrote of them. What ingest has dealt with and
 * wrote nothing of is a repeat. Pure; not safe for use by several threads.
 */
final class SubmitVerdicts {

    private final SentSamples sent;
    private final Rejections rejections = new Rejections();
    private final Rejections before = new Rejections();
    private long accepted;
    private long rejected;
    private long cut;
    private final SortedMap<List<String>, Long> leftOut =
            new TreeMap<>(Comparator.comparing(names -> String.join(" and ", names)));

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
            cut += head.cut() > 0 ? 1 : 0;
            if (!head.leftOut().isEmpty()) {
                leftOut.merge(head.leftOut(), 1L, Long::sum);
            }
        }
    }

    /** A rejection by whomever: ingest's, or the planner's of what ingest accepted. */
    void rejected(RejectedSample sample) {
        sent.judge(sample.origin(), Verdict.REJECTED).ifPresent(known -> {
            if (known != Verdict.REJECTED) {
                accepted -= known == Verdict.ACCEPTED ? 1 : 0;
                rejected++;
                rejections.add(sample);
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
            before.add(sample);
        }
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

    /** For programs; with fewer dealt with than were sent, repeats are not told from the others. */
    SubmitResult result(Submitter.Counts counts, long dealtWith) {
        boolean all = dealtWith >= sent.size();
        return new SubmitResult(
                counts.sent(),
                counts.unreadable(),
                accepted,
                cut,
                all ? repeated() : 0,
                rejected,
                all ? 0 : sent.size() - dealtWith,
                rejections.list(),
                before.list());
    }

    /** For people, once all is read: the counts, then each reason with its first sample. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        String shortened =
                cut == 0 ? "" : " (" + cut + " of them cut at the run's limit of tokens)";
        lines.add(accepted + " accepted" + shortened + ", " + repeated() + " already there, "
                + rejected + " rejected");
        leftOut.forEach((names, count) -> lines.add("  " + LeftOut.line(names, count)));
        rejections.lines().forEach(line -> lines.add("  " + line));
        before.lines().forEach(line -> lines.add("  already there, " + line));
        return lines;
    }
}
