package dev.plimsoll.cli.fleetmodel;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "simulate-fleet",
        mixinStandardHelpOptions = true,
        description = {
            "Simulates larger fleets than there are, and says how fast the product would be "
                    + "against as many engines alone, and where a step's time goes.",
            "",
            "Nothing runs: a model of a step is calibrated with measured figures. Each host has "
                    + "one link: a worker, a broker, and the host of all shards. Give --against a "
                    + "report of `bench fleet --json` first: it says how wrong the model is for "
                    + "fleets that were measured.",
            ""
        })
public final class FleetSimulationCommand implements Callable<Integer> {

    private static final int MOST_WORKERS = 1024;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--workers",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,2,4,16,64",
            description = "Fleets of these sizes are simulated. Default: ${DEFAULT-VALUE}.")
    List<Integer> workers;

    @Option(
            names = "--tokens-per-worker",
            paramLabel = "N",
            split = ",",
            defaultValue = "8192,32768,65536,131072",
            description =
                    "Each worker trains so many tokens in a step. Default: " + "${DEFAULT-VALUE}.")
    List<Integer> tokens;

    @Option(
            names = "--links",
            paramLabel = "GBIT",
            split = ",",
            defaultValue = "1,10,25,100",
            description = "Links of so many Gbit/s each way are simulated. Default: "
                    + "${DEFAULT-VALUE}.")
    List<Double> links;

    @Option(
            names = "--replicas",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,3",
            description = "So many brokers are simulated; each record lies on all of them. "
                    + "Default: ${DEFAULT-VALUE}.")
    List<Integer> replicas;

    @Option(
            names = "--calibration",
            paramLabel = "FILE",
            description = "The figures are read from this JSON file; each says where it was "
                    + "measured. What it leaves out has the default.")
    Path calibrationFile;

    @Option(
            names = "--fit",
            paramLabel = "FILE",
            description = "What the fleet of one worker in this report of `bench fleet --json` "
                    + "tells replaces figures of the calibration: the engine's speed, the bytes "
                    + "of a contribution, the time of a decision, the speeds of a worker's and of "
                    + "the shards' streams.")
    Path fit;

    @Option(
            names = "--print-calibration",
            description = "The figures are printed, as --calibration reads them, and nothing is "
                    + "simulated.")
    boolean printCalibration;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "The cases of this report of `bench fleet --json` are simulated on one "
                    + "machine, and the errors are printed. Nothing else is simulated.")
    Path against;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "The results are written to this file too. An earlier report is "
                    + "replaced, any other file is left as it is.")
    Path json;

    @Override
    public Integer call() throws JsonProcessingException {
        requireSensible();
        PrintWriter out = spec.commandLine().getOut();
        Calibration calibration = calibrationFile == null
                ? Calibration.defaults()
                : read(calibrationFile, Calibration::read);
        if (fit != null) {
            Calibration start = calibration;
            calibration = read(
                    fit,
                    file -> Fit.of(
                            MeasuredCase.read(file), start, "fitted to " + file.getFileName()));
        }
        if (printCalibration) {
            out.println(Json.mapper()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(calibration.named()));
        } else if (against != null) {
            out.println("simulated against measured:");
            SimulationTable.against(read(against, MeasuredCase::read), calibration)
                    .forEach(out::println);
        } else {
            List<SimulatedFleet> fleets =
                    SimulatedFleet.all(replicas, tokens, links, workers, calibration);
            out.println("simulated, not measured; ms of a step, by what the workers do or wait "
                    + "for:");
            SimulationTable.rows(fleets).forEach(out::println);
            if (json != null) {
                SimulationReport.file(json)
                        .write(new SimulationReport(true, calibration.named(), fleets));
            }
        }
        out.flush();
        return ExitCode.DONE.number();
    }

    private interface Reader<T> {
        T read(Path file) throws IOException;
    }

    private static <T> T read(Path file, Reader<T> reader) {
        try {
            return reader.read(file);
        } catch (IOException | IllegalArgumentException e) {
            throw CliFailure.input("'" + file + "' cannot be used: " + e.getMessage());
        }
    }

    private void requireSensible() {
        require("--workers", workers, MOST_WORKERS);
        require("--tokens-per-worker", tokens, Integer.MAX_VALUE);
        require("--replicas", replicas, MOST_WORKERS);
        for (double link : links) {
            if (!(link > 0) || Double.isInfinite(link)) {
                throw CliFailure.usage("--links has " + link + "; give numbers above 0");
            }
        }
        if (json != null) {
            SimulationReport.file(json).requireReplaceable();
        }
    }

    private static void require(String option, List<Integer> values, int most) {
        for (int value : values) {
            if (value < 1 || value > most) {
                throw CliFailure.usage(
                        option + " has " + value + "; give numbers from 1 to " + most);
            }
        }
    }
}
