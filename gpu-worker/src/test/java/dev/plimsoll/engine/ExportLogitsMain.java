package dev.plimsoll.engine;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.SafetensorsWriter;
import dev.plimsoll.model.hf.TensorData;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Our logits for check_export.py, with an adapter that a run exported. Arguments: model directory,
 * adapter directory, JSONL of tokenized sequences as the demo writes them, output file, number of
 * sequences.
 */
public final class ExportLogitsMain {

    private ExportLogitsMain() {}

    public static void main(String[] arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        PeftAdapter adapter = PeftAdapter.read(Path.of(arguments[1]), LlamaConfig.read(model));
        List<TensorData> tensors = new ArrayList<>();
        try (TrainingEngine engine =
                EngineFactory.open(model, adapter.lora(), EngineOptions.cpu(2))) {
            engine.loadAdapter(1, adapter.flat());
            List<String> lines = Files.readAllLines(Path.of(arguments[2]));
            for (int i = 0; i < Integer.parseInt(arguments[4]); i++) {
                JsonNode line = Json.mapper().readTree(lines.get(i));
                int[] tokens = Json.mapper().convertValue(line.get("tokens"), int[].class);
                float[] logits = Compare.toFloats(
                        engine.logits(new PackedSequence(i, tokens, new boolean[tokens.length])));
                tensors.add(TensorData.ints("tokens." + i, tokens));
                tensors.add(TensorData.floats(
                        "logits." + i,
                        new long[] {tokens.length, logits.length / tokens.length},
                        logits,
                        0));
            }
        }
        SafetensorsWriter.write(Path.of(arguments[3]), tensors);
    }
}
