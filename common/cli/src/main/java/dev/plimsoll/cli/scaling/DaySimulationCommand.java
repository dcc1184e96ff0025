package dev.plimsoll.cli.scaling;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.fleetmodel.StepTimes;
import dev.plimsoll.cli.scaling.SimulatedDay.Preemption;
import dev.plimsoll.cli.scaling.SimulatedDay.Scaler;
import dev.plimsoll.cli.scaling.SimulatedDay.Setup;
import dev.plimsoll.wire.process.ExitCode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "simulate-day",
        mixinStandardHelpOptions = true,
        description = {
            "Simulates a day of a fleet whose size follows what the coordinator tells an "
                    + "autoscaler, and says how many GPU-hours it takes against the ideal.",
            "",
            "Nothing runs: samples, prices, machines and steps are simulated, by the figures of "
                    + "`bench simulate-fleet`. The answer to the autoscaler is the product's own.",
            ""
        })
public final class DaySimulationCommand implements Callable<Integer> {

    private static final double LINK_GIGABITS = 25;
    private static final int BROKERS = 3;
    private static final double PEAK_WORKERS = 5;
    private static final int MOST_WORKERS = 256;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Another number makes another day. Default: ${DEFAULT-VALUE}.")
    long seed;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "16",
            description = "There are so many GPUs at most. Default: ${DEFAULT-VALUE}.")
    int most;

    @Option(
            names = "--join-seconds",
            paramLabel = "N",
            defaultValue = "120",
            description = "A worker takes about so long from being asked for until it trains. "
                    + "Default: ${DEFAULT-VALUE}.")
    int joinSeconds;

    /**
     * A row of the table.
     *
     * @param name for people
     */
    record Case(String name, Setup setup) {}

    @Override
    public Integer call() {
        if (most < 1 || most > MOST_WORKERS) {
            throw CliFailure.usage(
                    "--workers is " + most + "; give a number from 1 to " + MOST_WORKERS);
        }
        if (joinSeconds < 1 || joinSeconds > 3_600) {
            throw CliFailure.usage(
                    "--join-seconds is " + joinSeconds + "; give a number from 1 to 3600");
        }
        StepTimes times = times();
        PrintWriter out = spec.commandLine().getOut();
        out.println("simulated, not measured; hours are of GPUs:");
        out.println(DayTable.HEAD);
        for (Case one : cases(times, seed, most, joinSeconds)) {
            out.println(DayTable.row(one.name(), SimulatedDay.of(one.setup(), times)));
            out.flush();
        }
        out.println("ideal: engines alone would compute for so long; lost: joining and training "
                + "again; reversed: raised within a join's time after it was lowered");
        out.flush();
        return ExitCode.DONE.number();
    }

    static StepTimes times() {
        return new StepTimes(SimulatedDay.STEP_TOKENS, LINK_GIGABITS, BROKERS);
    }

    static List<Case> cases(StepTimes times, long seed, int most, double joinSeconds) {
        double speed = times.tokensPerSecond();
        DayLoad day = DayLoad.of(seed, speed, Math.min(most, PEAK_WORKERS));
        DayLoad steady = DayLoad.steady(speed * most * 0.6);
        SpotMarket market = SpotMarket.of(seed);
        SpotMarket calm = SpotMarket.calm();
        return List.of(
                new Case(
                        "day, as the product answers",
                        new Setup(
                                day,
                                calm,
                                Scaler.STEADY,
                                Preemption.NONE,
                                joinSeconds,
                                most,
                                seed)),
                new Case(
                        "day, without the hold",
                        new Setup(
                                day,
                                calm,
                                Scaler.MOMENTARY,
                                Preemption.NONE,
                                joinSeconds,
                                most,
                                seed)),
                new Case(
                        "day, all workers all day",
                        new Setup(
                                day, calm, Scaler.FIXED, Preemption.NONE, joinSeconds, most, seed)),
                new Case(
                        "day on spot GPUs (taken back " + market.closings() + " times)",
                        new Setup(
                                day,
                                market,
                                Scaler.STEADY,
                                Preemption.NONE,
                                joinSeconds,
                                most,
                                seed)),
                new Case(
                        "steady load",
                        new Setup(
                                steady,
                                calm,
                                Scaler.STEADY,
                                Preemption.NONE,
                                joinSeconds,
                                most,
                                seed)),
                new Case(
                        "steady, half taken each hour, told",
                        new Setup(
                                steady,
                                calm,
                                Scaler.STEADY,
                                Preemption.WITH_NOTICE,
                                joinSeconds,
                                most,
                                seed)),
                new Case(
                        "steady, half taken each hour, untold",
                        new Setup(
                                steady,
                                calm,
                                Scaler.STEADY,
                                Preemption.WITHOUT_NOTICE,
                                joinSeconds,
                                most,
                                seed)));
    }
}
