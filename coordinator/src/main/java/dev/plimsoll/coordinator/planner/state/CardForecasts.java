package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;

import dev.plimsoll.model.memory.Lengths;
import dev.plimsoll.model.memory.MemoryForecast;
import dev.plimsoll.model.memory.Regret;
import dev.plimsoll.model.memory.SpeedForecast;
import dev.plimsoll.wire.journal.JournalRecord;

import java.util.TreeMap;

/** What micro-batches have taught of each kind of card: the memory and the time that it needs. */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
final class CardForecasts {
    private TreeMap<String, MemoryForecast> forecasts = new TreeMap<>();
    private TreeMap<String, SpeedForecast> speeds = new TreeMap<>();
    private TreeMap<String, Regret> regrets = new TreeMap<>();

    CardForecasts() {}

    static CardForecasts none() {
        return new CardForecasts();
    }

    CardForecasts copy() {
        CardForecasts copy = new CardForecasts();
        copy.forecasts = new TreeMap<>(forecasts);
        copy.speeds = new TreeMap<>(speeds);
        copy.regrets = new TreeMap<>(regrets);
        return copy;
    }

    MemoryForecast memory(String card) {
        return forecasts.getOrDefault(card, MemoryForecast.START);
    }

    SpeedForecast speed(String card) {
        return speeds.getOrDefault(card, SpeedForecast.START);
    }

    void apply(JournalRecord.MicroBatchWeighed weighed) {
        String card = weighed.card();
        if (weighed.priorBytes() > 0) {
            forecasts.put(card, memory(card).learn(weighed.priorBytes(), weighed.workBytes()));
        }
        weighed.timed().ifPresent(timed -> {
            Lengths lengths = new Lengths(timed.tokens(), timed.squaredTokens());
            speeds.put(
                    card, speed(card).learn(timed.plan(), timed.cost(), lengths, weighed.micros()));
            Regret before = regrets.getOrDefault(card, Regret.NONE);
            regrets.put(card, before.with(timed.bestMicros(), weighed.micros()));
        });
    }

    /** Of all cards together. */
    Regret regret() {
        return regrets.values().stream().reduce(Regret.NONE, Regret::plus);
    }
}
