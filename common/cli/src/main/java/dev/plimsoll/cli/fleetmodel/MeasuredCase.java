package dev.plimsoll.cli.fleetmodel;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A case of {@code bench fleet --json}: what a real fleet on one machine did.
 *
 * @param tokensPerStep that the median step had, all workers together
 * @param engineTokensPerSecond of all engines together
 * @param timeLine ms by the names of the report
 * @param workerUpBytes that a worker sent in a step
 */
record MeasuredCase(
        int workers,
        double tokensPerStep,
        double engineTokensPerSecond,
        double ratio,
        Map<String, Double> timeLine,
        OptionalDouble workerUpBytes) {

    MeasuredCase {
        timeLine = Map.copyOf(timeLine);
    }

    /** Throws IllegalArgumentException, with a sentence, for a file that is no such report. */
    static List<MeasuredCase> read(Path report) throws IOException {
        List<MeasuredCase> cases = new ArrayList<>();
        for (JsonNode one : Json.mapper().readTree(report.toFile()).path("cases")) {
            cases.add(new MeasuredCase(
                    (int) number(one, "workers"),
                    number(one, "stepTokens"),
                    number(one, "engineTokensPerSecond"),
                    number(one, "ratio"),
                    timeLine(one),
                    one.at("/bytesPerStep/workerUp").isNumber()
                            ? OptionalDouble.of(one.at("/bytesPerStep/workerUp").asDouble())
                            : OptionalDouble.empty()));
        }
        if (cases.isEmpty()) {
            throw new IllegalArgumentException(
                    "it has no cases; give a file that bench fleet --json wrote");
        }
        return cases;
    }

    private static Map<String, Double> timeLine(JsonNode one) {
        Map<String, Double> millis = new HashMap<>();
        one.path("timeLine")
                .properties()
                .forEach(moment -> millis.put(moment.getKey(), moment.getValue().asDouble()));
        return millis;
    }

    private static double number(JsonNode one, String field) {
        JsonNode value = one.path(field);
        if (!value.isNumber() || !(value.asDouble() > 0)) {
            throw new IllegalArgumentException("a case has no positive '" + field
                    + "'; give a file that bench fleet --json wrote");
        }
        return value.asDouble();
    }

    /** Throws IllegalArgumentException, with a sentence, if the report does not have it. */
    double millis(String moment) {
        Double at = timeLine.get(moment);
        if (at == null) {
            throw new IllegalArgumentException(
                    "the time line of a case has no '" + moment + "'; measure it again");
        }
        return at;
    }

    double periodMillis() {
        return tokensPerStep / (ratio * engineTokensPerSecond) * 1e3;
    }

    /** The same case in the model, with the engine's speed as it was in the case. */
    SimulatedStep simulated(Calibration calibration) {
        return FleetSimulation.of(
                Scenario.local(workers, tokensPerStep / workers),
                calibration.with(
                        Parameter.ENGINE_TOKENS_PER_SECOND,
                        engineTokensPerSecond / workers,
                        "the engines of the case"));
    }
}
