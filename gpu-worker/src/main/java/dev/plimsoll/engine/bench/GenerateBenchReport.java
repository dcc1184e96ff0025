package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.decode.Generated;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * How fast one text was continued.
 *
 * @param prefillMillis from the request to the first new token: the median
 * @param tokensPerSecond of those behind the first: the median
 * @param peakBytes most live tensors on the device; 0 where nobody tells
 */
record GenerateBenchReport(
        EngineDevice device,
        int loraRank,
        int promptTokens,
        int newTokens,
        int repeats,
        double prefillMillis,
        double tokensPerSecond,
        long cacheBytes,
        long peakBytes) {

    static final String HEADER = "%8s %8s %12s %12s %10s"
            .formatted("prompt", "new", "prefill ms", "tokens/s", "peak GiB");

    private static final double GIB = 1L << 30;

    static double prefillMillis(List<Generated> texts) {
        return median(texts, text -> text.prefillNanos() / 1e6);
    }

    static double tokensPerSecond(List<Generated> texts) {
        double nanos = TimeUnit.SECONDS.toNanos(1);
        return median(texts, text -> nanos * (text.tokens().size() - 1) / text.decodeNanos());
    }

    private static double median(List<Generated> texts, ToDoubleFunction<Generated> figure) {
        double[] sorted = texts.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "%8d %8d %12.1f %12.1f %10.2f",
                promptTokens,
                newTokens,
                prefillMillis,
                tokensPerSecond,
                peakBytes / GIB);
    }
}
