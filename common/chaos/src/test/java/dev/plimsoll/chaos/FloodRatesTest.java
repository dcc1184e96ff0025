package dev.plimsoll.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.chaos.Flood.Phase;

import org.junit.jupiter.api.Test;

class FloodRatesTest {

    private static final long SECOND = 1_000_000_000;

    @Test
    void eachPhaseHasItsRateAndTheFleetsStartHasNone() {
        FloodRates rates = new FloodRates();
        rates.look(Phase.BEFORE, 0, 0);
        rates.look(Phase.BEFORE, 0, 90 * SECOND);
        rates.look(Phase.BEFORE, 4, 100 * SECOND);
        rates.look(Phase.BEFORE, 44, 110 * SECOND);
        rates.look(Phase.DURING, 64, 120 * SECOND);
        rates.look(Phase.DURING, 74, 130 * SECOND);
        rates.look(Phase.AFTER, 74, 132 * SECOND);
        assertThat(rates.sentence()).isEqualTo("4.00 before, 1.50 during, 0.00 after");
    }

    @Test
    void aRunThatTrainedNothingHasNone() {
        FloodRates rates = new FloodRates();
        rates.look(Phase.BEFORE, 0, 0);
        assertThat(rates.sentence()).isEmpty();
    }
}
