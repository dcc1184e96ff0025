package dev.plimsoll.model.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.scaling.Helpful.Reason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HelpfulTest {

    private static final double JOIN = 100;

    /** One worker trains 1,000 tokens a second: each is worth 400,000 tokens. */
    @ParameterizedTest
    @CsvSource({
        // waiting, of a step, samples, workers, tokens/s, exchange; helpful, why
        "0,       0,       16, 4, 1000, 0,    0,  NOTHING_WAITS",
        "5,       0,       16, 0, 0,    0,    1,  NOT_MEASURED",
        "5,       0,       16, 4, 0,    0,    4,  NOT_MEASURED",
        "1,       1000,    16, 0, 1000, 0,    1,  COST_OF_JOINING",
        "799999,  100000,  16, 0, 1000, 0,    1,  COST_OF_JOINING",
        "800000,  100000,  16, 0, 1000, 0,    2,  COST_OF_JOINING",
        "4000000, 100000,  16, 3, 1000, 0,    10, COST_OF_JOINING",
        "9000000, 100000,  16, 3, 1000, 0,    16, SAMPLES_OF_A_STEP",
        "9000000, 100000,  16, 3, 1000, 10,   10, EXCHANGE",
        "9000000, 100000,  16, 3, 1000, 200,  1,  EXCHANGE",
        "9000000, 0,       64, 3, 1000, 200,  22, COST_OF_JOINING",
        "9223372036854775807, 0, 16384, 3, 1, 0, 4096, COST_OF_JOINING"
    })
    void soManyHelp(
            long waiting,
            long step,
            int samples,
            int workers,
            double speed,
            double exchange,
            int helpful,
            Reason why) {
        Helpful found =
                Helpful.of(new Demand(waiting, step, samples, workers, speed, exchange), JOIN);
        assertThat(found.workers()).isEqualTo(helpful);
        assertThat(found.reason()).isEqualTo(why);
        assertThat(found.note()).isNotBlank();
    }

    @Test
    void aDearerJoinAsksForFewer() {
        Demand demand = new Demand(4_000_000, 100_000, 64, 1, 1_000, 0);
        int before = Integer.MAX_VALUE;
        for (int seconds = 1; seconds < 5_000; seconds *= 2) {
            int now = Helpful.of(demand, seconds).workers();
            assertThat(now).isBetween(1, before);
            before = now;
        }
        assertThat(before).isEqualTo(1);
    }

    @Test
    void moreThatWaitsNeverAsksForFewer() {
        int before = 0;
        for (long waiting = 0; waiting < 50_000_000; waiting += 99_999) {
            int now = Helpful.of(new Demand(waiting, 100_000, 64, 1, 1_000, 3), JOIN)
                    .workers();
            assertThat(now).isGreaterThanOrEqualTo(before);
            before = now;
        }
        assertThat(before).isEqualTo(33);
    }

    @Test
    void impossibleFiguresAreRefused() {
        assertThatThrownBy(() -> new Demand(-1, 0, 1, 0, 0, 0)).hasMessageContaining("waitingTok");
        assertThatThrownBy(() -> new Demand(0, 0, 0, 0, 0, 0)).hasMessageContaining("stepSamples");
        assertThatThrownBy(() -> new Demand(0, 0, 1, 0, Double.NaN, 0))
                .hasMessageContaining("tokensPerSecond");
    }
}
