package dev.plimsoll.cli.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.wire.codec.Json;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tokenized sequences as the engine's programs read them: {"tokens": […], "trainOn": [0/1…]}. */
public final class SequenceLines {

    private static final ObjectMapper JSON = Json.mapper();

    private SequenceLines() {}

    /** Writes one line for each sequence, in their order. */
    public static void write(Path file, List<TokenSequence> sequences) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file, UTF_8)) {
            for (TokenSequence sequence : sequences) {
                ObjectNode node = JSON.createObjectNode();
                ArrayNode tokens = node.putArray("tokens");
                ArrayNode trainOn = node.putArray("trainOn");
                for (int i = 0; i < sequence.tokens().length; i++) {
                    tokens.add(sequence.tokens()[i]);
                    trainOn.add(sequence.trainOn()[i] ? 1 : 0);
                }
                out.write(JSON.writeValueAsString(node));
                out.write('\n');
            }
        }
    }
}
