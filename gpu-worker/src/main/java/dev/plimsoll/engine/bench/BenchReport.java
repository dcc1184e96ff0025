package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.model.files.OwnReport;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.run.Projection;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Everything one call measured, on one model and device; ratio.py reads its JSON.
 *
 * @param loadedBytes live tensors after loading, before the first case
 */
record BenchReport(
        EngineDevice device,
        LlamaConfig model,
        int loraRank,
        Set<Projection> loraTargets,
        int repeats,
        long loadedBytes,
        List<CaseResult> cases) {

    static final String HEADER = "%-34s %9s %9s %9s %12s %13s %10s %13s"
            .formatted(
                    "case",
                    "tokens",
                    "tokens/s",
                    "TFLOP/s",
                    "forward ms",
                    "backward ms",
                    "peak GiB",
                    "process GiB");

    private static final double GIB = 1L << 30;

    BenchReport {
        loraTargets = Collections.unmodifiableSet(new TreeSet<>(loraTargets));
        cases = List.copyOf(cases);
    }

    static String line(CaseResult result) {
        if (result.error() != null) {
            return "%-34s %s".formatted(result.name(), result.error());
        }
        return String.format(
                Locale.ROOT,
                "%-34s %9d %9.0f %9.2f %12.1f %13.1f %10.2f %13.2f",
                result.name(),
                result.tokens(),
                result.tokensPerSecond(),
                result.teraflops(),
                result.forwardMillis(),
                result.backwardMillis(),
                result.peakBytes() / GIB,
                result.processBytes() / GIB);
    }

    static String line(CardResult card) {
        return String.format(
                Locale.ROOT,
                "  card %s, layers %d to %d: peak %.2f GiB, idle %.1f %%",
                card.device(),
                card.firstLayer(),
                card.firstLayer() + card.layers() - 1,
                card.peakBytes() / GIB,
                100 * card.idlePart());
    }

    /**
     * What {@code --json} writes to; see {@link OwnReport} for what it may replace. Throws
     * IllegalArgumentException if its directory does not exist.
     */
    static OwnReport file(Path path) {
        if (!Files.isDirectory(path.toAbsolutePath().getParent())) {
            throw new IllegalArgumentException("the report cannot be written to " + path
                    + "; give --json a file in a directory that exists");
        }
        return OwnReport.of(path, BenchReport.class);
    }
}
