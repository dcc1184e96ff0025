package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.plimsoll.wire.journal.JournalRecord;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * {@code -Dplimsoll.simulation.seeds=N} runs more, {@code -Dplimsoll.simulation.first=N} begins
 * elsewhere.
 */
class SimulationTest {
    private static final int SEEDS = Integer.getInteger("plimsoll.simulation.seeds", 180);
    /** Within 180 seeds from here on every kind of record comes. */
    private static final long FIRST = Long.getLong("plimsoll.simulation.first", 120);

    /** What is lost is another's fault; only old journals hold the other. */
    private static final Set<Class<?>> NEVER =
            Set.of(JournalRecord.InputLost.class, JournalRecord.ShardApplyAccepted.class);

    /** Seeds that failed once, or fail without a rule; each was a fault of its own. */
    @ParameterizedTest
    @ValueSource(longs = {236, 2015, 5086, 15312})
    void whatFailedOnceDoesNotFailAgain(long seed) {
        Scenario scenario = Scenario.of(seed, Plant.NONE);
        try {
            new Simulation(scenario, false).run();
        } catch (AssertionError | RuntimeException e) {
            fail(FailureReport.of(scenario), e);
        }
    }

    @Test
    void everySampleIsTrainedOnceOrRejectedWhateverHappens() {
        long begun = System.nanoTime();
        Map<String, Integer> journaled = new TreeMap<>();
        Map<String, Integer> fates = new TreeMap<>();
        Map<String, Integer> passedOver = new TreeMap<>();
        Map<FaultKind, Integer> struck = new EnumMap<>(FaultKind.class);
        Map<Situation, Integer> situations = new EnumMap<>(Situation.class);
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            Scenario scenario = Scenario.of(seed, Plant.NONE);
            try {
                SimWorld world = new Simulation(scenario, false).run();
                world.faults.struck().forEach(kind -> struck.merge(kind, 1, Integer::sum));
                world.situations.forEach(is -> situations.merge(is, 1, Integer::sum));
                world.gate
                        .passedOver()
                        .forEach((topic, count) -> passedOver.merge(topic, count, Integer::sum));
                world.intakeTruth
                        .fates()
                        .forEach((fate, count) -> fates.merge(fate, count, Integer::sum));
                world.kafka.journal.forEach(record ->
                        journaled.merge(record.getClass().getSimpleName(), 1, Integer::sum));
            } catch (AssertionError | RuntimeException e) {
                fail(FailureReport.of(scenario), e);
            }
        }
        System.out.printf(
                "%d seeds in %.1f s, with %s%n", SEEDS, (System.nanoTime() - begun) / 1e9, struck);
        System.out.printf("submitted records became %s%njournaled were %s%n", fates, journaled);
        System.out.printf("situations: %s%n", situations);
        System.out.printf("strangers' records that readers passed over: %s%n", passedOver);
        // a fault that never happens is a fault that is not tested
        assertThat(struck).containsOnlyKeys(FaultKind.values());
        assertThat(situations).containsOnlyKeys(Situation.values());
        assertThat(fates)
                .containsKeys("tokenized", "ID_REUSED", "repeat", "lost")
                .doesNotContainValue(0);
        assertThat(passedOver)
                .containsOnlyKeys(
                        "sim.adapter",
                        "sim.commands",
                        "sim.gradients",
                        "sim.journal",
                        "sim.reports",
                        "sim.samples.rejected",
                        "sim.sums",
                        "sim.tokenized");
        for (Class<?> type : JournalRecord.class.getPermittedSubclasses()) {
            if (!NEVER.contains(type)) {
                assertThat(journaled).containsKey(type.getSimpleName());
            }
        }
    }
}
