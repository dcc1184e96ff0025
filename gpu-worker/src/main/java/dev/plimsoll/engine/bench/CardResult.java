package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.EngineCard;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.wide.StageTimes;
import dev.plimsoll.engine.wide.WideEngine;

import java.util.ArrayList;
import java.util.List;

/**
 * One card's share of a case.
 *
 * @param device its number and name
 * @param peakBytes the largest of all repeats
 * @param idlePart of the time of all cards, in which it had nothing to do: the pipeline's bubble;
 *     of the last repeat
 * @param passes of the last repeat, to be drawn
 */
record CardResult(
        String device,
        int firstLayer,
        int layers,
        long peakBytes,
        double idlePart,
        List<StageTimes.Pass> passes) {

    CardResult {
        passes = List.copyOf(passes);
    }

    /** None of an engine with one card. */
    static List<CardResult> of(TrainingEngine engine, List<Trained> repeats) {
        List<CardResult> results = new ArrayList<>();
        if (engine instanceof WideEngine wide) {
            for (int i = 0; i < wide.cards().size(); i++) {
                int number = i;
                EngineCard card = wide.cards().get(i);
                StageTimes times = wide.times().get(i);
                results.add(new CardResult(
                        card.device().index() + " " + card.device().name(),
                        card.firstLayer(),
                        card.layers(),
                        repeats.stream()
                                .mapToLong(r -> r.cards().get(number).peakBytes())
                                .max()
                                .orElseThrow(),
                        times.idlePart(wide.times()),
                        times.passes()));
            }
        }
        return results;
    }
}
