package dev.plimsoll.simulation;

import java.util.stream.Collectors;

/**
 * A failing scenario for a person: how to run it again, the smallest like it, and what happened in
 * that.
 */
final class FailureReport {
    private static final int TIMELINE_LINES = 120;

    private FailureReport() {}

    static String of(Scenario failing) {
        Scenario smallest = Shrinker.smallest(failing);
        Simulation simulation = new Simulation(smallest, true);
        String problem =
                "it does not fail when its timeline is kept: the simulator is not deterministic";
        try {
            simulation.run();
        } catch (AssertionError | RuntimeException e) {
            problem = e.toString();
        }
        String plant = failing.plant() == Plant.NONE
                ? ""
                : " -Dplimsoll.simulation.plant=" + failing.plant();
        String faults = smallest.faults().stream()
                .map(Fault::toString)
                .collect(Collectors.joining("\n    "));
        return """
                seed %d fails. Again:
                    mvn -q -Dquick -pl common/simulation -am test -Dtest=ReplayTest \
                -Dsurefire.failIfNoSpecifiedTests=false -Dplimsoll.simulation.seed=%d%s
                Smallest like it: %d samples, %d workers, %d shards, of %d faults these %d:
                    %s
                It fails with: %s
                Timeline (s):
                %s
                """.formatted(
                        failing.seed(),
                        failing.seed(),
                        plant,
                        smallest.samples(),
                        smallest.workers(),
                        smallest.shards(),
                        failing.faults().size(),
                        smallest.faults().size(),
                        faults,
                        problem,
                        simulation.world().timeline.tail(TIMELINE_LINES));
    }
}
