package dev.plimsoll.engine.bench;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.Comparator;
import java.util.List;

/**
 * What a case took: the median repeat's times, the largest peak. All numbers are 0 when it failed.
 *
 * @param teraflops achieved TFLOP/s by {@link ModelFlops}
 * @param peakBytes exact high-water mark of live tensors
 * @param processBytes all that is not free on the device after the case: on a card of one's own,
 *     what the process holds
 * @param error why it failed; null when it did not
 * @param cards of an engine with several, each card's share
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record CaseResult(
        String name,
        MemoryPlan plan,
        int tokens,
        double tokensPerSecond,
        double teraflops,
        double forwardMillis,
        double backwardMillis,
        long peakBytes,
        long processBytes,
        String error,
        List<CardResult> cards) {

    CaseResult {
        cards = List.copyOf(cards);
    }

    CaseResult with(List<CardResult> ofCards) {
        return new CaseResult(
                name,
                plan,
                tokens,
                tokensPerSecond,
                teraflops,
                forwardMillis,
                backwardMillis,
                peakBytes,
                processBytes,
                error,
                ofCards);
    }

    static CaseResult of(
            BenchCase measured, List<Trained> repeats, double flops, MemoryReading after) {
        List<Trained> sorted = repeats.stream()
                .sorted(Comparator.comparingLong(CaseResult::micros))
                .toList();
        Trained median = sorted.get(sorted.size() / 2);
        double micros = Math.max(1, micros(median));
        return new CaseResult(
                measured.text(),
                measured.plan(),
                median.tokens(),
                median.tokens() * 1e6 / micros,
                flops / micros / 1e6,
                median.forwardMicros() / 1e3,
                median.backwardMicros() / 1e3,
                repeats.stream().mapToLong(Trained::peakBytes).max().orElseThrow(),
                after.totalBytes() - after.freeBytes(),
                null,
                List.of());
    }

    static CaseResult failed(BenchCase measured, String error) {
        return new CaseResult(
                measured.text(), measured.plan(), 0, 0, 0, 0, 0, 0, 0, error, List.of());
    }

    private static long micros(Trained trained) {
        return trained.forwardMicros() + trained.backwardMicros();
    }
}
