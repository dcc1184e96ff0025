package dev.plimsoll.cli.model;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.model.hf.CompanionFiles;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.model.shapes.WeightSizes;
import dev.plimsoll.wire.process.ExitCode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

@Command(
        name = "model",
        mixinStandardHelpOptions = true,
        description = "Makes model directories.",
        subcommands = ModelCommand.Create.class)
final class ModelCommand implements Runnable {

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "give a subcommand: create");
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {
                "Writes an untrained Llama with random weights, in Hugging Face's " + "layout.",
                "",
                "It costs the time and memory of a real model of its shape. "
                        + "Options change single sizes of the shape.",
                ""
            })
    static final class Create implements Callable<Integer> {

        private static final Map<String, Dtype> DTYPES =
                Map.of("float32", Dtype.F32, "bfloat16", Dtype.BF16, "float16", Dtype.F16);

        @Spec
        CommandSpec spec;

        @Parameters(
                paramLabel = "DIR",
                description = "The directory to write. It must not exist yet.")
        Path directory;

        @Option(
                names = "--shape",
                defaultValue = "tiny",
                description = "The shape: tiny, small, 1b, 8b, 70b, mistral-7b, qwen2.5-7b "
                        + "or qwen3-8b. Default: ${DEFAULT-VALUE}.")
        String shape;

        @Option(
                names = "--hidden-size",
                paramLabel = "N",
                description = "The width of a token between layers. The default is the shape's.")
        Integer hiddenSize;

        @Option(
                names = "--intermediate-size",
                paramLabel = "N",
                description = "The width inside of the feed-forward part of a layer. The "
                        + "default is the shape's.")
        Integer intermediateSize;

        @Option(
                names = "--layers",
                paramLabel = "N",
                description = "The number of layers. The default is the shape's.")
        Integer layers;

        @Option(
                names = "--heads",
                paramLabel = "N",
                description = "The number of attention heads. The default is the shape's.")
        Integer heads;

        @Option(
                names = "--kv-heads",
                paramLabel = "N",
                description =
                        "The number of heads for keys and values. The default is the " + "shape's.")
        Integer keyValueHeads;

        @Option(
                names = "--head-dim",
                paramLabel = "N",
                description = "The width of one attention head. The default is the shape's.")
        Integer headDim;

        @Option(
                names = "--vocab-size",
                paramLabel = "N",
                description =
                        "The number of tokens in the vocabulary. The default is the " + "shape's.")
        Integer vocabSize;

        @Option(
                names = "--max-positions",
                paramLabel = "N",
                description = "The longest sequence in tokens. The default is the shape's.")
        Integer maxPositions;

        @Option(
                names = "--rope-theta",
                paramLabel = "X",
                description = "The base of the rotary position embedding. The default is the "
                        + "shape's.")
        Double ropeTheta;

        @Option(
                names = "--tied",
                negatable = true,
                description = "The output head uses the embedding's weights. The default is the "
                        + "shape's.")
        Boolean tied;

        @Option(
                names = "--dtype",
                description = "The type of the weights: float32, bfloat16 or float16. The "
                        + "default is the shape's.")
        String dtype;

        @Option(
                names = "--seed",
                defaultValue = "1",
                paramLabel = "N",
                description = "The random weights follow from this number. Default: "
                        + "${DEFAULT-VALUE}.")
        long seed;

        @Option(
                names = "--tokenizer",
                paramLabel = "DIR",
                description = "The tokenizer's files are copied from this model directory. The "
                        + "default is the built-in model, whose tokenizer has 262 "
                        + "byte-level tokens.")
        Path tokenizer;

        @Override
        public Integer call() {
            LlamaConfig config = config(RandomModel.shape(shape));
            Dtype type = DTYPES.get(
                    (dtype == null ? config.torchDtype() : dtype).toLowerCase(Locale.ROOT));
            if (type == null) {
                throw CliFailure.usage(
                        "dtype '" + dtype + "' is unknown; use float32, bfloat16 or float16");
            }
            Path from = Installation.modelOr(tokenizer);
            List<Path> companions = CompanionFiles.ALL.stream()
                    .map(from::resolve)
                    .filter(Files::isRegularFile)
                    .toList();
            RandomModel.create(directory, config, seed, type, companions);
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "%s: %,d parameters, %d layers, hidden size %d, random weights%n",
                            directory,
                            new WeightSizes(config).parameters(),
                            config.layers(),
                            config.hiddenSize());
            return ExitCode.DONE.number();
        }

        private LlamaConfig config(LlamaConfig base) {
            return new LlamaConfig(
                    or(hiddenSize, base.hiddenSize()),
                    or(intermediateSize, base.intermediateSize()),
                    or(layers, base.layers()),
                    or(heads, base.attentionHeads()),
                    or(keyValueHeads, base.keyValueHeads()),
                    or(headDim, base.headDim()),
                    or(vocabSize, Math.max(base.vocabSize(), 264)),
                    base.rmsNormEps(),
                    ropeTheta == null
                            ? base.rope()
                            : new RopeSettings(ropeTheta, base.rope().scaling()),
                    tied == null ? base.tiedEmbeddings() : tied,
                    or(maxPositions, base.maxPositionEmbeddings()),
                    base.torchDtype(),
                    base.architecture());
        }

        private static int or(Integer given, int otherwise) {
            return given == null ? otherwise : given;
        }
    }
}
