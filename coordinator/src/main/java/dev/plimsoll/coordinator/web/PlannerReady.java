package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.coordinator.start.Role;

import jakarta.enterprise.context.ApplicationScoped;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready once the planner, if it is here, has replayed its journal. A planner that fails ends the
 * process.
 */
@Readiness
@ApplicationScoped
public class PlannerReady implements HealthCheck {

    private final Launch launch;
    private final RunView run;

    PlannerReady(Launch launch, RunView run) {
        this.launch = launch;
        this.run = run;
    }

    @Override
    public HealthCheckResponse call() {
        boolean here = launch.roles().contains(Role.PLAN);
        return HealthCheckResponse.named("planner")
                .status(!here || run.planner().isPresent())
                .withData("role", here ? "plan" : "none")
                .build();
    }
}
