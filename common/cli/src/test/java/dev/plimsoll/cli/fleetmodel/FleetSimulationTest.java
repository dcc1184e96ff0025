package dev.plimsoll.cli.fleetmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The limits of the model, where arithmetic on paper gives the result. */
@Timeout(60)
@Tag("slow")
class FleetSimulationTest {

    private static final double GIGABIT = 125e6;

    /** 1,000 tokens/s; contributions and sums of 125 MB, and nothing else takes any time. */
    private static final Calibration ONLY_BYTES = free().with(
                    Parameter.GRADIENT_BYTES, GIGABIT, "made up")
            .with(Parameter.SUM_BYTES, GIGABIT, "made up");

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 16, 64})
    void withoutLimitsTheFleetIsAsFastAsItsEngines(int workers) {
        SimulatedStep step = FleetSimulation.of(Scenario.local(workers, 1_000), ONLY_BYTES);
        assertThat(step.ratio()).isCloseTo(1, within(1e-9));
        assertThat(step.periodMillis()).isCloseTo(1_000, within(1e-6));
        assertThat(step.millis().get(Part.COMPUTING)).isCloseTo(1_000, within(1e-6));
    }

    /** A link carries a contribution a second, and a worker computes ten a second. */
    @Test
    void aLoneWorkerIsBoundByTheSlowestLink() {
        SimulatedStep step = FleetSimulation.of(new Scenario(1, 100, GIGABIT, 1), ONLY_BYTES);
        assertThat(step.periodMillis()).isCloseTo(1_000, within(1.0));
        assertThat(step.ratio()).isCloseTo(0.1, within(1e-3));
        assertThat(step.millis().get(Part.SETTLING)).isCloseTo(900, within(1.0));
    }

    /** Publishing and reading of 0.4 s each lie behind a second of computing. */
    @Test
    void aLoneWorkerGoesAheadOfWhatSettles() {
        SimulatedStep step =
                FleetSimulation.of(new Scenario(1, 1_000, GIGABIT / 0.4, 1), ONLY_BYTES);
        assertThat(step.ratio()).isCloseTo(1, within(1e-9));
        assertThat(step.millis().get(Part.SETTLING)).isZero();
    }

    /** At most two steps settle: three in 10 s of a way from sum to commit. */
    @Test
    void aLoneWorkerGoesTwoStepsAheadAndNotThree() {
        Calibration slow = ONLY_BYTES.with(Parameter.TRANSACTION_MILLIS, 10_000, "made up");
        SimulatedStep step = FleetSimulation.of(Scenario.local(1, 100), slow);
        // commits follow each other, however far the worker goes ahead
        assertThat(step.periodMillis()).isCloseTo(10_000, within(1e-3));
        Calibration late = ONLY_BYTES.with(Parameter.DECISION_MILLIS, 600, "made up");
        // a step takes 0.1 + 0.6 s to its contribution, and 1.2 s from there to its commit
        assertThat(FleetSimulation.of(Scenario.local(1, 100), late).periodMillis())
                .isCloseTo(700, within(1e-3));
    }

    /**
     * One broker gives two contributions to the shards and two sums to the workers, while it takes
     * less: four seconds.
     */
    @ParameterizedTest
    @CsvSource({"2, 4", "4, 8", "64, 128"})
    void theWayOfManyWorkersIsAsLongAsItsNarrowestPart(int workers, double seconds) {
        SimulatedStep step =
                FleetSimulation.of(new Scenario(workers, 1_000, GIGABIT, 1), ONLY_BYTES);
        assertThat(step.periodMillis()).isCloseTo(1e3 * (1 + seconds), within(1.0));
    }

    /** Three give ten: two and two as before, and three times two to each other. */
    @Test
    void threeBrokersTakeWhatIsReplicatedToo() {
        SimulatedStep step = FleetSimulation.of(new Scenario(2, 1_000, GIGABIT, 3), ONLY_BYTES);
        assertThat(step.millis().get(Part.EXCHANGING)).isBetween(10_000 / 3.0 - 1, 4_001.0);
    }

    @Test
    void theStagesOfManyWorkersAreToldApart() {
        Calibration timed = ONLY_BYTES
                .with(Parameter.DECISION_MILLIS, 10, "made up")
                .with(Parameter.TAKE_MILLIS, 20, "made up")
                .with(Parameter.FOLD_READ_MILLIS, 30, "made up")
                .with(Parameter.TRANSACTION_MILLIS, 40, "made up");
        SimulatedStep step = FleetSimulation.of(new Scenario(2, 1_000, GIGABIT, 1), timed);
        assertThat(step.millis().get(Part.DECIDING)).isCloseTo(20, within(1e-3));
        assertThat(step.millis().get(Part.TAKING)).isCloseTo(20, within(1e-3));
        assertThat(step.millis().get(Part.EXCHANGING)).isCloseTo(4_000, within(1e-3));
        assertThat(step.millis().get(Part.REPORTING)).isCloseTo(40, within(1e-3));
        assertThat(step.millis().get(Part.FOLDING)).isCloseTo(30, within(1e-3));
        assertThat(sum(step)).isCloseTo(step.periodMillis(), within(1e-3));
    }

    /** Four seconds of exchange: three lie beside the five of the last backward pass. */
    @Test
    void onlyTheLastLayerOfManyWorkersFollowsTheComputing() {
        Calibration shared = ONLY_BYTES
                .with(Parameter.SHARED_PART, 0.5, "made up")
                .with(Parameter.LAYERS, 4, "made up");
        SimulatedStep step = FleetSimulation.of(new Scenario(2, 10_000, GIGABIT, 1), shared);
        assertThat(step.millis().get(Part.EXCHANGING)).isCloseTo(1_000, within(1e-3));
        assertThat(step.periodMillis()).isCloseTo(11_000, within(1e-3));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16})
    void thePartsOfAStepAddUpAndNothingIsRandom(int workers) {
        Scenario scenario = new Scenario(workers, 8_192, 10 * GIGABIT, 3);
        SimulatedStep step = FleetSimulation.of(scenario, Calibration.defaults());
        assertThat(sum(step)).isCloseTo(step.periodMillis(), within(step.periodMillis() / 100));
        assertThat(FleetSimulation.of(scenario, Calibration.defaults())).isEqualTo(step);
    }

    @Test
    void theSlowestWorkerIsWaitedFor() {
        Calibration uneven = ONLY_BYTES.with(Parameter.COMPUTE_SPREAD, 0.1, "made up");
        double two =
                FleetSimulation.of(Scenario.local(2, 1_000), uneven).millis().get(Part.SLOWEST);
        double many =
                FleetSimulation.of(Scenario.local(64, 1_000), uneven).millis().get(Part.SLOWEST);
        // the highest of 2 and of 64 normal deviates is 0.56 and 2.4 on average
        assertThat(two).isBetween(30.0, 85.0);
        assertThat(many).isBetween(200.0, 270.0);
    }

    @Test
    void aWrittenStateTakesBandwidthNowAndThen() {
        Scenario scenario = new Scenario(2, 1_000, GIGABIT, 1);
        Calibration busy = ONLY_BYTES.with(Parameter.BROKER_BYTES_PER_SECOND, GIGABIT, "made up");
        Calibration written = busy.with(Parameter.STATE_BYTES, 16 * GIGABIT, "made up")
                .with(Parameter.STATE_EVERY, 16, "made up");
        double without = FleetSimulation.of(scenario, busy).periodMillis();
        double with = FleetSimulation.of(scenario, written).periodMillis();
        assertThat(without).as("seven through one broker").isCloseTo(8_000, within(1.0));
        assertThat(with).isBetween(without + 100, without + 1_000);
        assertThat(FleetSimulation.of(
                                scenario,
                                written.with(Parameter.BROKER_BYTES_PER_SECOND, 1e30, "made up"))
                        .periodMillis())
                .as("what it takes in is not what it waits for")
                .isCloseTo(5_000, within(1.0));
    }

    @Test
    void moreBandwidthIsNeverSlower() {
        double before = Double.POSITIVE_INFINITY;
        for (double gigabits : new double[] {1, 10, 25, 100}) {
            double now = FleetSimulation.of(
                            new Scenario(16, 32_768, gigabits * GIGABIT, 3), Calibration.defaults())
                    .periodMillis();
            assertThat(now).isLessThanOrEqualTo(before + 1e-6);
            before = now;
        }
    }

    @Test
    void theCommandPrintsARowAFleetAndSaysThatItSimulates() throws IOException {
        Path json = directory.resolve("simulated.json");
        assertThat(run("--workers", "1,4", "--links", "10", "--json", json.toString()))
                .isZero();
        assertThat(out.toString()).startsWith("simulated, not measured");
        // four sizes, two kinds of broker, two fleets; two lines of heads
        assertThat(out.toString().lines()).hasSize(2 + 4 * 2 * 2);
        JsonNode report = Json.mapper().readTree(json.toFile());
        assertThat(report.get("simulated").asBoolean()).isTrue();
        assertThat(report.get("fleets")).hasSize(16);
        assertThat(report.at("/fleets/0/step/ratio").asDouble()).isBetween(0.1, 1.1);
        assertThat(report.at("/calibration/gradientBytes/from").asText()).isNotBlank();
    }

    @Test
    void aPrintedCalibrationIsReadAgain() throws IOException {
        assertThat(run("--print-calibration")).isZero();
        Path file = Files.writeString(directory.resolve("calibration.json"), out.toString());
        assertThat(Calibration.read(file)).isEqualTo(Calibration.defaults());
        Files.writeString(file, "{\"shards\": {\"value\": 7, \"from\": \"made up\"}}");
        assertThat(Calibration.read(file).of(Parameter.SHARDS)).isEqualTo(7);
        Files.writeString(file, "{\"shards\": {\"value\": 7}}");
        assertThatThrownBy(() -> Calibration.read(file)).hasMessageContaining("where it was");
        Files.writeString(file, "{\"shards\": {\"value\": -7, \"from\": \"made up\"}}");
        assertThat(run("--calibration", file.toString())).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("shards is -7.0; give a number from 0 on");
        Files.writeString(file, "{\"shard\": {\"value\": 7, \"from\": \"made up\"}}");
        assertThat(run("--calibration", file.toString())).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("there is no figure 'shard'");
    }

    @Test
    void aReportIsSimulatedAndTheErrorIsPrinted() throws IOException {
        Path report = Files.writeString(directory.resolve("fleet.json"), """
                {"writtenBy": "plimsoll", "cases": [
                  {"workers": 1, "tokensPerStep": 8192, "stepTokens": 8192,
                   "engineTokensPerSecond": 17477, "ratio": 0.5}]}""");
        assertThat(run("--against", report.toString())).isZero();
        SimulatedStep step = FleetSimulation.of(Scenario.local(1, 8192), Calibration.defaults());
        assertThat(out.toString().lines().toList().getLast())
                .contains("8,192      0.500")
                .contains(String.format("%+6.1f%%", (step.ratio() / 0.5 - 1) * 100));
        Files.writeString(report, "{\"cases\": [{\"workers\": 1}]}");
        assertThat(run("--against", report.toString())).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("no positive 'stepTokens'");
        assertThat(run("--workers", "0")).isEqualTo(ExitCode.USAGE.number());
        assertThat(run("--links", "0")).isEqualTo(ExitCode.USAGE.number());
    }

    /** The times are made of the figures that the fit must find. */
    @Test
    void aFleetOfOneWorkerTellsItsFigures() throws IOException {
        Path report = Files.writeString(directory.resolve("fleet.json"), """
                {"cases": [
                  {"workers": 2, "stepTokens": 99, "engineTokensPerSecond": 9, "ratio": 0.5},
                  {"workers": 1, "stepTokens": 10, "engineTokensPerSecond": 9, "ratio": 0.5},
                  {"workers": 1, "stepTokens": 2000, "engineTokensPerSecond": 1000, "ratio": 0.9,
                   "bytesPerStep": {"workerUp": 80000000},
                   "timeLine": {"contributionsAsked": 2000, "contributionsAccepted": 2117,
                       "sumsAccepted": 2240, "computing": 2000, "commitToCommit": 2017.5}}]}""");
        assertThat(run("--fit", "" + report, "--print-calibration")).isZero();
        Path file = Files.writeString(directory.resolve("fitted.json"), out.toString());
        Calibration fitted = Calibration.read(file);
        assertThat(fitted.of(Parameter.ENGINE_TOKENS_PER_SECOND)).isEqualTo(1_000);
        assertThat(fitted.of(Parameter.GRADIENT_BYTES)).isEqualTo(80e6);
        // 2,017.5 less 2,000 of computing, 2 to take and 0.5 to fold
        assertThat(fitted.of(Parameter.DECISION_MILLIS)).isCloseTo(15, within(1e-9));
        // 80 MB in 117 ms less 15 and 2
        assertThat(fitted.of(Parameter.CLIENT_BYTES_PER_SECOND)).isCloseTo(800e6, within(1.0));
        // 20 MB in 123 ms less 15 and 8
        assertThat(fitted.of(Parameter.SHARD_BYTES_PER_SECOND)).isCloseTo(200e6, within(1.0));
        assertThat(fitted.figures().get(Parameter.DECISION_MILLIS).from())
                .isEqualTo("fitted to fleet.json");
        Files.writeString(report, """
                {"cases": [
                  {"workers": 2, "stepTokens": 9, "engineTokensPerSecond": 9, "ratio": 1}]}""");
        assertThat(run("--fit", "" + report)).isEqualTo(ExitCode.INPUT.number());
        assertThat(err.toString()).contains("no case of one worker");
    }

    private int run(String... more) {
        List<String> arguments = new ArrayList<>(List.of("bench", "simulate-fleet"));
        arguments.addAll(List.of(more));
        out.getBuffer().setLength(0);
        return Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
    }

    private static double sum(SimulatedStep step) {
        return step.millis().values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Nothing takes time but computing. */
    private static Calibration free() {
        Calibration free = Calibration.defaults()
                .with(Parameter.ENGINE_TOKENS_PER_SECOND, 1_000, "made up")
                .with(Parameter.LAYERS, 1, "made up")
                .with(Parameter.STATE_EVERY, 1e9, "made up");
        for (Parameter zero : List.of(
                Parameter.COMPUTE_SPREAD,
                Parameter.SHARED_PART,
                Parameter.STATE_BYTES,
                Parameter.TAKE_MILLIS,
                Parameter.FOLD_MILLIS,
                Parameter.FOLD_READ_MILLIS,
                Parameter.DECISION_MILLIS,
                Parameter.TRANSACTION_MILLIS)) {
            free = free.with(zero, 0, "made up");
        }
        for (Parameter fast : List.of(
                Parameter.CLIENT_BYTES_PER_SECOND,
                Parameter.BROKER_BYTES_PER_SECOND,
                Parameter.SHARD_BYTES_PER_SECOND)) {
            free = free.with(fast, 1e30, "made up");
        }
        return free;
    }
}
