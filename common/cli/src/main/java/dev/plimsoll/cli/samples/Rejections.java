package dev.plimsoll.cli.samples;

import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Rejected samples by their reasons; of each reason the first is told. */
public final class Rejections {

    /**
     * The samples that one reason rejected.
     *
     * @param first file and line of the first of them, or its id
     * @param note why it was rejected, and what to do
     */
    public record OfReason(RejectionReason reason, long count, String first, String note) {

        private OfReason oneMore() {
            return new OfReason(reason, count + 1, first, note);
        }

        /** One sentence. */
        public String line() {
            return count + " rejected as " + reason + (count == 1 ? ": " : ", the first: ")
                    + Shown.safe(first) + ": " + Shown.safe(note);
        }
    }

    private final Map<RejectionReason, OfReason> all = new EnumMap<>(RejectionReason.class);

    /** As ingest or the planner wrote it. */
    public void add(RejectedSample sample) {
        String place = sample.source().isEmpty() ? sample.sampleId() : sample.source();
        add(sample.reason(), place, sample.note());
    }

    /** @param place file and line */
    public void add(RejectionReason reason, String place, String note) {
        all.merge(reason, new OfReason(reason, 1, place, note), (is, _) -> is.oneMore());
    }

    /** In the order of the reasons. */
    public List<OfReason> list() {
        return List.copyOf(all.values());
    }

    /** A sentence for each reason. */
    public List<String> lines() {
        return all.values().stream().map(OfReason::line).toList();
    }

    boolean isEmpty() {
        return all.isEmpty();
    }
}
