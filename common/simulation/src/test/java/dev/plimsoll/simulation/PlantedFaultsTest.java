package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.IllegalRecord;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/** A simulation that notices nothing proves nothing: each defence taken away must be noticed. */
@Tag("slow")
class PlantedFaultsTest {
    private static final int SEEDS_TO_NOTICE = 500;
    private static final int SEEDS_OF_TABLE = 300;

    @ParameterizedTest
    @EnumSource(value = Plant.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aDefenceTakenAwayIsNoticed(Plant plant) {
        OptionalLong first = LongStream.range(0, SEEDS_TO_NOTICE)
                .filter(seed -> Shrinker.failure(Scenario.of(seed, plant))
                        .filter(PlantedFaultsTest::isSaidByACheck)
                        .isPresent())
                .findFirst();
        assertThat(first).as("a seed that notices %s", plant).isPresent();
    }

    /**
     * By the simulation's own checks, or by the planner's state. Anything else would be a mistake
     * in the plant: a driver that is given things out of order notices the order and not the fault.
     */
    private static boolean isSaidByACheck(Throwable failure) {
        return failure instanceof AssertionError || failure instanceof IllegalRecord;
    }

    /** Of how many seeds each is noticed, the first of them, and by what. */
    @Test
    @Tag("slow")
    void table() {
        System.out.printf(
                "%-28s %6s %6s  %s%n",
                "planted fault", "first", "of " + SEEDS_OF_TABLE, "noticed by");
        Arrays.stream(Plant.values()).filter(plant -> plant != Plant.NONE).forEach(plant -> {
            int noticed = 0;
            long first = -1;
            String by = "-";
            for (long seed = 0; seed < SEEDS_OF_TABLE; seed++) {
                Optional<Throwable> failure = Shrinker.failure(Scenario.of(seed, plant));
                if (failure.isPresent() && noticed++ == 0) {
                    first = seed + 1;
                    by = String.valueOf(failure.get().getMessage())
                            .lines()
                            .filter(line -> !line.isBlank())
                            .findFirst()
                            .orElse("");
                }
            }
            System.out.printf("%-28s %6d %6d  %s%n", plant, first, noticed, by);
            assertThat(noticed).as("seeds that notice %s", plant).isPositive();
        });
    }
}
