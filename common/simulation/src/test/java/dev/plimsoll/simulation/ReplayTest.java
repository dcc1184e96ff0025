package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** {@code -Dplimsoll.simulation.seed=N}: one seed again; when it fails, shrunk and told in full. */
@EnabledIfSystemProperty(named = "plimsoll.simulation.seed", matches = "\\d+")
class ReplayTest {
    @Test
    void again() {
        Plant plant =
                Plant.valueOf(System.getProperty("plimsoll.simulation.plant", Plant.NONE.name()));
        Scenario scenario = Scenario.of(Long.getLong("plimsoll.simulation.seed"), plant);
        Shrinker.failure(scenario).ifPresent(problem -> fail(FailureReport.of(scenario), problem));
    }
}
