package dev.plimsoll.coordinator.simulation;

import dev.plimsoll.coordinator.planner.PlannerState;
import dev.plimsoll.wire.Command;
import dev.plimsoll.wire.ContributionRef;
import dev.plimsoll.wire.Report;
import java.util.ArrayList;
import java.util.List;

/** For {@link Plant#ZOMBIES_COUNT}: what an ended generation contributed to a step is named in its sum. */
final class SimZombies {
    private final List<Report.Contributed> reported = new ArrayList<>();

    Report remember(PlannerState state, Report report) {
        if (report instanceof Report.Contributed contributed
                && state.fleet()
                        .current(contributed.workerId(), contributed.generation())
                        .isEmpty()
                && reported.stream().noneMatch(before -> before.contribution() == contributed.contribution())) {
            reported.add(contributed);
        }
        return report;
    }

    Command join(Command command) {
        if (!(command instanceof Command.ApplyStep apply)) {
            return command;
        }
        List<ContributionRef> all = new ArrayList<>(apply.contributions());
        for (Report.Contributed report : reported) {
            boolean named = apply.contributions().stream().anyMatch(ref -> ref.contribution() == report.contribution());
            if (report.step() == apply.step() && !named) {
                all.add(new ContributionRef(
                        report.contribution(),
                        report.workerId(),
                        report.generation(),
                        report.attempts(),
                        report.spans()));
            }
        }
        return new Command.ApplyStep(apply.step(), apply.baseVersion(), all, apply.lossTokens());
    }
}
