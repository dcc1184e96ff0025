package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where ingest stands: the fold of what it wrote. Next offset per partition of {@code samples}, and
 * the ids taken.
 */
final class IngestState {

    private final SortedMap<Integer, Long> nextOffsets = new TreeMap<>();
    private final SortedMap<Integer, Long> openFrom = new TreeMap<>();
    private final SortedMap<Integer, Assemblies> assemblies = new TreeMap<>();
    private final ClaimedIds ids = new ClaimedIds();
    /** Where they are known: no origin lies behind them. */
    private Optional<Map<Integer, Long>> ends = Optional.empty();

    void submittedTo(Map<Integer, Long> known) {
        ends = Optional.of(Map.copyOf(known));
    }

    private boolean isSubmitted(SampleOrigin origin) {
        return ends.isEmpty() || origin.offset() < ends.get().getOrDefault(origin.partition(), 0L);
    }

    long nextOffset(int partition) {
        return nextOffsets.getOrDefault(partition, 0L);
    }

    /** Per partition, as far as known. */
    SortedMap<Integer, Long> nextOffsets() {
        return new TreeMap<>(nextOffsets);
    }

    /** Everything of the partition below {@code nextOffset} is dealt with. */
    void advance(int partition, long nextOffset) {
        nextOffsets.merge(partition, nextOffset, Math::max);
    }

    /** What the group's offset says of parts of samples that are to be read again. */
    void openFrom(int partition, long offset) {
        openFrom.put(partition, offset);
    }

    /**
     * The offset from which the partition is to be read to have all parts of the samples that are
     * not complete. Where the group's offset is gone, that is all of it.
     */
    long openFrom(int partition) {
        Assemblies here = assemblies.get(partition);
        boolean caughtUp = here != null && here.readTo() >= nextOffset(partition);
        return caughtUp ? here.openFrom() : openFrom.getOrDefault(partition, 0L);
    }

    /** Samples of which parts are to come, as far as this process has read. */
    Assemblies assemblies(int partition) {
        return assemblies.getOrDefault(partition, new Assemblies(openFrom(partition)));
    }

    void assemblies(int partition, Assemblies now) {
        assemblies.put(partition, now);
    }

    ClaimedIds ids() {
        return ids;
    }

    void tokenized(ConsumerRecord<byte[], byte[]> record) {
        if (TokenizedSample.decodeHead(record) instanceof Decoded.Ok<TokenizedSample.Head>(var head)
                && isSubmitted(head.origin())) {
            advance(head.origin());
            ids.claim(head.sampleId(), head.sha256());
        }
    }

    void rejected(ConsumerRecord<byte[], byte[]> record) {
        if (Wire.REJECTED.decode(record) instanceof Decoded.Ok<RejectedSample>(var sample)
                && isSubmitted(sample.origin())) {
            advance(sample.origin());
            // the id of a reused one belongs to the sample before it, that of an incomplete one is
            // free; the planner's own rejections were tokenized
            if (sample.reason() != RejectionReason.ID_REUSED
                    && sample.reason() != RejectionReason.INCOMPLETE
                    && !sample.content().sha256().isEmpty()) {
                ids.claim(sample.sampleId(), sample.content().sha256());
            }
        }
    }

    private void advance(SampleOrigin origin) {
        advance(origin.partition(), origin.offset() + 1);
    }
}
