package dev.plimsoll.coordinator.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.plimsoll.wire.JournalRecord;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code -Dplimsoll.simulation.seeds=N} runs more, {@code -Dplimsoll.simulation.first=N} begins elsewhere. */
class SimulationTest {
    private static final int SEEDS = Integer.getInteger("plimsoll.simulation.seeds", 300);
    private static final long FIRST = Long.getLong("plimsoll.simulation.first", 0);
    private static final int SEEDS_TO_NOTICE = 1_000;

    @Test
    void everySampleIsTrainedOnceOrRejectedWhateverHappens() {
        Map<String, Integer> seen = new TreeMap<>();
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            try {
                SimWorld world = new Simulation(seed, Plant.NONE).run();
                world.kafka.journal.forEach(
                        record -> seen.merge(record.getClass().getSimpleName(), 1, Integer::sum));
            } catch (AssertionError | RuntimeException e) {
                fail("seed " + seed + ": " + e.getMessage(), e);
            }
        }
        // a fault that never happens is a fault that is not tested
        for (Class<?> type : JournalRecord.class.getPermittedSubclasses()) {
            if (type != JournalRecord.InputLost.class && type != JournalRecord.EpochStarted.class) {
                assertThat(seen).containsKey(type.getSimpleName());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Plant.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aDefenceTakenAwayIsNoticed(Plant plant) {
        for (long seed = 0; seed < SEEDS_TO_NOTICE; seed++) {
            try {
                new Simulation(seed, plant).run();
            } catch (AssertionError | RuntimeException noticed) {
                return;
            }
        }
        fail(plant + " went unnoticed for " + SEEDS_TO_NOTICE + " seeds");
    }
}
