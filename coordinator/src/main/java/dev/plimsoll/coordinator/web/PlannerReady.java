package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.start.CoordinatorConfig.Role;
import dev.plimsoll.coordinator.start.Launch;

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

    private final RunView run;

    PlannerReady(RunView run) {
        this.run = run;
    }

    @Override
    public HealthCheckResponse call() {
        boolean here = Launch.current().roles().contains(Role.PLAN);
        return HealthCheckResponse.named("planner")
                .status(!here || run.planner().isPresent())
                .withData("role", here ? "plan" : "none")
                .build();
    }
}
