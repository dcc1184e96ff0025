package dev.plimsoll.cli.generation;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.SettingOptions;
import dev.plimsoll.cli.samples.SourceChoices;
import dev.plimsoll.model.hf.WeightCheck;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.FleetCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;

@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = {
            "Measures the loss of a model and of its adapter on a file of samples.",
            "",
            "The loss is that of training: the mean over the tokens that would be trained, in "
                    + "nats. The perplexity is e to that power. With an adapter, the base model "
                    + "stands beside it. Samples that would be rejected are left out and told.",
            ""
        })
final class EvaluateCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The model directory. The default is the built-in model.")
    Path model;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            required = true,
            description = "The samples, in any form that `submit` takes.")
    Path data;

    @Mixin
    SourceChoices choices;

    @Mixin
    AdapterOptions adapter = new AdapterOptions();

    @Mixin
    BrokerOptions broker;

    /** By which samples are taken or rejected, as a run takes them. */
    @Mixin
    SettingOptions taking = new SettingOptions(List.of(
            FleetCatalogue.MAX_SEQUENCE_TOKENS,
            FleetCatalogue.LONG_SAMPLES,
            FleetCatalogue.UNTOLD_FIELDS));

    @Mixin
    EngineChoice engine = new EngineChoice();

    @Option(names = "--json", description = "Writes the result as one JSON object.")
    boolean json;

    private final Function<List<String>, List<String>> program;

    EvaluateCommand() {
        this(Programs::evaluate);
    }

    /** @param program the engine's command line */
    EvaluateCommand(Function<List<String>, List<String>> program) {
        this.program = program;
    }

    @Override
    public Integer call() {
        engine.check();
        Path directory = Installation.modelOr(model);
        SampleRules rules = SampleRules.of(taking.values(), WeightCheck.require(directory));
        try (Scratch scratch = Scratch.create();
                SampleTokenizer tokenizer = rules.open(directory)) {
            Optional<AdapterOptions.Chosen> chosen = adapter.choose(
                    broker, directory, scratch.path(), spec.commandLine().getErr()::println);
            EvaluationData sequences =
                    EvaluationData.read(data, choices.reading(), tokenizer, rules);
            Path file = sequences.write(scratch.path().resolve("sequences.jsonl"));
            List<String> arguments = new ArrayList<>(
                    List.of("--model", directory.toString(), "--sequences", file.toString()));
            chosen.ifPresent(a -> arguments.addAll(
                    List.of("--adapter", a.directory().toString(), "--with-base", "yes")));
            arguments.addAll(engine.arguments());
            JsonNode losses = EvaluationReport.losses(program.apply(arguments), scratch.log());
            EvaluationReport report = new EvaluationReport(
                    sequences, chosen.map(AdapterOptions.Chosen::name), losses);
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(report.json());
            } else {
                report.lines().forEach(out::println);
            }
        }
        return ExitCode.DONE.number();
    }
}
