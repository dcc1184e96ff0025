package dev.plimsoll.worker.loop;

import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;

import java.time.Duration;
import java.util.EnumSet;

/** The run that the tests of a worker's loop belong to. */
final class TestRun {

    private TestRun() {}

    static RunSettings ofLease(Duration lease) {
        return new RunSettings(
                "run",
                new RunSettings.ModelIdentity("m", "h", 100),
                new LoraSettings(4, 8, false, EnumSet.of(Projection.Q_PROJ)),
                new StepSettings(4, 0, Duration.ZERO, 0, 1),
                new OptimizerSettings(
                        new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(1, 512, 512, lease));
    }
}
