package dev.plimsoll.engine.decode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.GoldenCase;
import dev.plimsoll.engine.llama.DecoderFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The texts that make_generation.py has made with a golden case. */
record GoldenTexts(GoldenCase golden, JsonNode json, int endId) {

    /** In which precision, and whether with the adapter, as the file names them. */
    record Kind(String precision, String which) {}

    static GoldenTexts of(GoldenCase golden) {
        ObjectMapper mapper = new ObjectMapper();
        try {
            return new GoldenTexts(
                    golden,
                    mapper.readTree(golden.dir().resolve("generation.json").toFile()),
                    mapper.readTree(golden.dir().resolve("config.json").toFile())
                            .path("eos_token_id")
                            .asInt());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The numbers of the first prompts that go on otherwise than in Transformers.
     *
     * @param most so many prompts, if there are as many
     */
    List<Integer> differing(Kind kind, String device, int most) {
        List<Integer> differing = new ArrayList<>();
        try (Decoder decoder = DecoderFactory.open(
                golden.dir(),
                kind.which().equals("adapter") ? Optional.of(golden.adapter()) : Optional.empty(),
                new EngineOptions(device, kind.precision(), 1, 0),
                128)) {
            for (int i = 0; i < Math.min(most, json.path("prompts").size()); i++) {
                if (!isSame(decoder, kind, i)) {
                    differing.add(i);
                }
            }
        }
        return differing;
    }

    /** Also whether the end is told, and each token but an end token. */
    private boolean isSame(Decoder decoder, Kind kind, int prompt) {
        List<Integer> expected =
                ids(json.path(kind.precision()).path(kind.which()).path(prompt));
        boolean ends = expected.getLast() == endId;
        List<Integer> told = new ArrayList<>();
        GenerationRequest request = new GenerationRequest(
                ids(json.path("prompts").path(prompt)).stream()
                        .mapToInt(Integer::intValue)
                        .toArray(),
                json.path("newTokens").asInt(),
                Set.of(endId),
                Sampling.GREEDY);
        Generated generated = decoder.generate(request, told::add);
        return generated.tokens().equals(expected)
                && (generated.finish() == Generated.Finish.END) == ends
                && told.equals(expected.subList(0, expected.size() - (ends ? 1 : 0)));
    }

    private static List<Integer> ids(JsonNode list) {
        List<Integer> ids = new ArrayList<>();
        list.forEach(id -> ids.add(id.asInt()));
        return ids;
    }
}
