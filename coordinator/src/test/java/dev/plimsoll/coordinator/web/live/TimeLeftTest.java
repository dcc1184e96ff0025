package dev.plimsoll.coordinator.web.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.web.PlannerDetail.Left;
import dev.plimsoll.coordinator.web.history.StepTimes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Optional;

class TimeLeftTest {

    /** Committed ten seconds apart. */
    private static final List<StepTimes> STEPS =
            List.of(step(0, "committed"), step(10_000, "committed"), step(15_000, "abandoned"));

    private static StepTimes step(long openedMillis, String outcome) {
        return new StepTimes(1, openedMillis, 0, 1, 2, 3, 4_000, outcome);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "80, 0, 100", // ten steps of eight
        "80, 8, 110",
        "81, 0, 110", // the last one is not full
    })
    void whatIsLeftIsTrainedAtTheSpeedOfTheLastSteps(long left, long unread, long seconds) {
        TimeLeft is = TimeLeft.of(new Left(left, null, 0, 1), unread, STEPS, 8);
        assertThat(is.seconds()).contains(seconds);
        assertThat(is.samples()).isEqualTo(left + unread);
    }

    @Test
    void aRunThatEndsAfterSomeStepsEndsThen() {
        assertThat(TimeLeft.of(new Left(800, 3L, 0, 1), 0, STEPS, 8).seconds()).contains(30L);
    }

    @Test
    void nothingIsForetoldBeforeTwoStepsAreCommitted() {
        assertThat(TimeLeft.of(new Left(8, null, 0, 1), 0, STEPS.subList(0, 1), 8)
                        .seconds())
                .isEqualTo(Optional.empty());
        assertThat(TimeLeft.of(new Left(0, null, 0, 1), 0, List.of(), 0).seconds())
                .contains(0L);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, localhost:8080, true",
                "http://localhost:8080, localhost:8080, true",
                "https://Plimsoll.example, plimsoll.example, true",
                "http://localhost:8081, localhost:8080, false",
                "http://elsewhere.example, localhost:8080, false",
                "null, localhost:8080, false",
                "'http://a b', localhost:8080, false",
            })
    void onlyOwnPagesListen(String origin, String host, boolean own) {
        assertThat(OwnPages.isOwn(origin, host)).isEqualTo(own);
    }
}
