package dev.plimsoll.cli.report;

import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.TreeMap;

/**
 * What is told of one worker, or of one of its several cards, in a report. A fold, in any order of
 * journal and telemetry.
 */
final class WorkerFacts {

    private final TreeMap<Long, Long> lines = new TreeMap<>();
    private final TreeMap<Long, Long> peaks = new TreeMap<>();
    private WorkerDevice device;
    private long trained;
    private long returned;
    private long lost;
    private long tokens;

    void admitted(WorkerDevice on) {
        device = on;
    }

    void trained() {
        trained++;
    }

    void returned() {
        returned++;
    }

    void lost() {
        lost++;
    }

    void line(long atMillis, long bytes) {
        lines.put(atMillis, bytes);
    }

    void measured(long moreTokens) {
        tokens += moreTokens;
    }

    void peak(long atMillis, long peakBytes) {
        peaks.merge(atMillis, peakBytes, Math::max);
    }

    /** Null where its admission was not read. */
    WorkerDevice device() {
        return device;
    }

    /** Micro-batches that count. */
    long microBatches() {
        return trained;
    }

    /** Micro-batches that were given back, by whomever. */
    long givenBack() {
        return returned;
    }

    /** How often it was taken for lost. */
    long losses() {
        return lost;
    }

    /** Of micro-batches that it told of, trained or evaluated. */
    long tokens() {
        return tokens;
    }

    /**
     * A peak, and the line that held when it was reached, in bytes.
     *
     * @param lineBytes 0 where none held yet
     */
    record Peak(long bytes, long lineBytes) {

        double share() {
            return lineBytes == 0 ? 0 : (double) bytes / lineBytes;
        }
    }

    /** The peak that came nearest to its line, or passed it most; 0 of 0 without measures. */
    Peak nearest() {
        Peak nearest = new Peak(0, 0);
        for (var peak : peaks.entrySet()) {
            var line = lines.floorEntry(peak.getKey());
            Peak one = new Peak(peak.getValue(), line == null ? 0 : line.getValue());
            if (one.share() > nearest.share()
                    || nearest.lineBytes() == 0 && one.bytes() > nearest.bytes()) {
                nearest = one;
            }
        }
        return nearest;
    }
}
