package dev.plimsoll.cli.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.fleetmodel.FleetSimulationCommand;
import dev.plimsoll.cli.intake.MalformedBenchCommand;
import dev.plimsoll.cli.intake.StreamBenchCommand;
import dev.plimsoll.cli.intake.SubmitBenchCommand;
import dev.plimsoll.cli.scaling.DaySimulationCommand;
import dev.plimsoll.model.samples.JdkApi;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures the speed on this machine of parts of the path, or of all of it; "
                + "or simulates it.",
        subcommands = {
            BenchCommand.Tokenize.class,
            EngineBenchCommand.class,
            GenerateBenchCommand.class,
            FleetBenchCommand.class,
            FleetSimulationCommand.class,
            DaySimulationCommand.class,
            SubmitBenchCommand.class,
            MalformedBenchCommand.class,
            StreamBenchCommand.class
        })
final class BenchCommand implements Runnable {

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "give a subcommand: tokenize, engine, generate, fleet, simulate-fleet, "
                        + "simulate-day, submit, malformed or stream");
    }

    @Command(
            name = "tokenize",
            mixinStandardHelpOptions = true,
            description = "Parses and tokenizes the built-in data set on one thread, as "
                    + "ingest does, and prints the speed.")
    static final class Tokenize implements Callable<Integer> {

        @Spec
        CommandSpec spec;

        @Option(
                names = "--model",
                paramLabel = "DIR",
                description = "The tokenizer is taken from this model directory. The default is "
                        + "the built-in model.")
        Path model;

        @Option(
                names = "--samples",
                paramLabel = "N",
                defaultValue = "2000",
                description = "So many samples are tokenized. Default: ${DEFAULT-VALUE}.")
        int samples;

        @Override
        public Integer call() throws JsonProcessingException {
            ObjectMapper json = Json.mapper();
            List<byte[]> records = new ArrayList<>();
            for (JdkApi.ApiSample sample : JdkApi.ofThisJdk().training(samples)) {
                records.add(json.writeValueAsBytes(
                        Map.of("prompt", sample.prompt(), "completion", sample.completion())));
            }
            try (SampleTokenizer tokenizer = SampleTokenizer.open(Installation.modelOr(model))) {
                tokens(tokenizer, records);
                long begin = System.nanoTime();
                long tokens = tokens(tokenizer, records);
                double seconds = (System.nanoTime() - begin) / 1e9;
                spec.commandLine()
                        .getOut()
                        .printf(
                                Locale.ROOT,
                                "%,d samples, %,d tokens in %.2f s: %,.0f samples/s, %,.0f "
                                        + "tokens/s%n",
                                records.size(),
                                tokens,
                                seconds,
                                records.size() / seconds,
                                tokens / seconds);
            }
            return ExitCode.DONE.number();
        }

        private static long tokens(SampleTokenizer tokenizer, List<byte[]> records) {
            long tokens = 0;
            for (byte[] record : records) {
                if (SampleParser.parse(record) instanceof ParsedSample sample
                        && tokenizer.tokenize(sample, Integer.MAX_VALUE)
                                instanceof TokenSequence sequence) {
                    tokens += sequence.tokens().length;
                }
            }
            return tokens;
        }
    }
}
