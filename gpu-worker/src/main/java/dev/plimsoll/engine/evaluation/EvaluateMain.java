package dev.plimsoll.engine.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The loss of a model, with or without an adapter, on a file of tokenized sequences, one JSON
 * object a line: {@code {"tokens": [1, 2, 3], "trainOn": [0, 1, 1]}}. Its last line on standard
 * output is {@code {"lossNats": …, "tokens": …, "lossPerToken": …}}, and with {@code --with-base
 * yes} the same of the model without the adapter under {@code base}. Exit code 4 for input that
 * cannot be used, 2 for wrong arguments.
 */
public final class EvaluateMain {

    private static final String USAGE =
            "usage: --model DIR [--adapter DIR [--with-base yes|no]] --sequences FILE [--threads N]"
                    + " [--device auto|cpu|cuda] [--precision auto|fp32|fp64|bf16|fp8|nf4]";
    private static final Set<String> OPTIONS = Set.of(
            "--model",
            "--adapter",
            "--with-base",
            "--sequences",
            "--threads",
            "--device",
            "--precision");
    private static final int TOKENS_AT_ONCE = 4096;
    private static final MemoryPlan PLAN = new MemoryPlan(0, 512, 0);
    private static final ObjectMapper JSON = Json.mapper();

    private EvaluateMain() {}

    public static void main(String[] arguments) {
        int code;
        try {
            System.out.println(evaluate(options(arguments)));
            code = ExitCode.DONE.number();
        } catch (UsageException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            code = ExitCode.USAGE.number();
        } catch (ModelException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            code = ExitCode.INPUT.number();
        }
        System.exit(code);
    }

    private static final class UsageException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new UsageException("'" + arguments[i] + "' is not an option with a value");
            }
            options.put(arguments[i], arguments[i + 1]);
        }
        if (!options.containsKey("--model") || !options.containsKey("--sequences")) {
            throw new UsageException("--model and --sequences are needed");
        }
        return options;
    }

    private static String evaluate(Map<String, String> options) {
        Path modelDir = Path.of(options.get("--model"));
        EngineOptions engineOptions = new EngineOptions(
                options.getOrDefault("--device", EngineOptions.AUTO),
                options.getOrDefault("--precision", EngineOptions.AUTO),
                Integer.parseInt(options.getOrDefault("--threads", "0")),
                0);
        List<PackedSequence> sequences = SequenceFile.read(Path.of(options.get("--sequences")));
        PeftAdapter adapter = options.containsKey("--adapter")
                ? PeftAdapter.read(Path.of(options.get("--adapter")), LlamaConfig.read(modelDir))
                : null;
        // Without an adapter any settings do: the engine starts with zeros, which is the base
        // model.
        LoraSettings lora = adapter == null
                ? new LoraSettings(1, 1, false, EnumSet.of(Projection.DOWN_PROJ))
                : adapter.lora();
        try (TrainingEngine engine = EngineFactory.open(modelDir, lora, engineOptions)) {
            if (adapter == null) {
                return evaluate(engine, sequences).toString();
            }
            Optional<ObjectNode> base =
                    options.getOrDefault("--with-base", "no").equals("yes")
                            ? Optional.of(evaluate(engine, sequences))
                            : Optional.empty();
            engine.loadAdapter(0, adapter.flat());
            ObjectNode adapted = evaluate(engine, sequences);
            base.ifPresent(losses -> adapted.set("base", losses));
            return adapted.toString();
        }
    }

    private static ObjectNode evaluate(TrainingEngine engine, List<PackedSequence> sequences) {
        double lossNats = 0;
        long lossTokens = 0;
        List<PackedSequence> together = new ArrayList<>();
        int tokens = 0;
        for (int i = 0; i < sequences.size(); i++) {
            together.add(sequences.get(i));
            tokens += sequences.get(i).tokens().length;
            boolean last = i == sequences.size() - 1;
            if (last || tokens + sequences.get(i + 1).tokens().length > TOKENS_AT_ONCE) {
                MicroBatchResult.Evaluated result =
                        switch (engine.evaluate(together, PLAN, LayerListener.NONE)) {
                            case MicroBatchResult.Evaluated evaluated -> evaluated;
                            case MicroBatchResult.Failed failed ->
                                throw new ModelException(
                                        "the sequences cannot be evaluated: " + failed.note());
                        };
                lossNats += result.lossNats();
                lossTokens += result.lossTokens();
                together.clear();
                tokens = 0;
            }
        }
        ObjectNode line = JSON.createObjectNode();
        line.put("lossNats", lossNats);
        line.put("tokens", lossTokens);
        line.put("lossPerToken", lossTokens == 0 ? 0 : lossNats / lossTokens);
        return line;
    }
}
