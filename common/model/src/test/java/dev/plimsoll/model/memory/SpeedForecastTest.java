package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.SplittableRandom;

class SpeedForecastTest {

    @ParameterizedTest
    @CsvSource({"60, 100", "60, 900", "300, 40", "2, 3000"})
    void the_overhead_is_found_behind_slow_first_ones_and_noise(double pace, double overhead) {
        SplittableRandom random = new SplittableRandom(4);
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < 300; i++) {
            double tokens = random.nextInt(200, 8_000);
            double first = i < SpeedForecast.WARM_UP ? 20 : 1;
            double noise = 1 + 0.03 * random.nextGaussian();
            speed = speed.learn(tokens, Math.round(first * noise * pace * (tokens + overhead)));
        }
        assertThat(speed.overhead()).isCloseTo(overhead, within(30 + 0.1 * overhead));
    }

    @Test
    void nothing_known_or_nothing_measured_leaves_the_first_guess() {
        assertThat(SpeedForecast.START.overhead()).isEqualTo(SpeedForecast.FIRST_OVERHEAD_TOKENS);
        assertThat(SpeedForecast.START.learn(0, 5)).isEqualTo(SpeedForecast.START);
        assertThat(SpeedForecast.START.learn(5, 0)).isEqualTo(SpeedForecast.START);
    }

    @Test
    void micro_batches_that_are_all_alike_keep_it_sane() {
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < 5_000; i++) {
            speed = speed.learn(1_000, 100_000);
        }
        assertThat(speed.overhead()).isBetween(0.0, 1_000.0);
        assertThat(speed.fit().slopeVariance()).isFinite().isPositive();
    }
}
