package dev.plimsoll.engine.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Tokenized sequences, one JSON object a line: {@code {"tokens": [1, 2, 3], "trainOn": [0, 1, 1]}}.
 */
public final class SequenceFile {

    private static final ObjectMapper JSON = Json.mapper();

    private SequenceFile() {}

    /**
     * At least one sequence; a file that cannot be used is a {@link ModelException} that names the
     * line.
     */
    public static List<PackedSequence> read(Path file) {
        List<PackedSequence> sequences = new ArrayList<>();
        int number = 0;
        try {
            for (String line : Files.readAllLines(file)) {
                number++;
                if (!line.isBlank()) {
                    sequences.add(sequence(number, JSON.readTree(line)));
                }
            }
        } catch (JsonProcessingException e) {
            throw new ModelException(
                    file + ", line " + number + ", is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e, e);
        }
        if (sequences.isEmpty()) {
            throw new ModelException(file
                    + " holds no sequences; write one JSON object with tokens and trainOn a line");
        }
        return sequences;
    }

    private static PackedSequence sequence(int line, JsonNode node) {
        int[] tokens = new int[node.path("tokens").size()];
        boolean[] trainOn = new boolean[node.path("trainOn").size()];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = node.get("tokens").get(i).asInt(-1);
        }
        for (int i = 0; i < trainOn.length; i++) {
            trainOn[i] = node.get("trainOn").get(i).asInt() != 0;
        }
        return new PackedSequence(line, tokens, trainOn);
    }
}
