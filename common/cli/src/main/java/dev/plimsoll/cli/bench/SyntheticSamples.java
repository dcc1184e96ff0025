package dev.plimsoll.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.plimsoll.model.samples.JdkApi;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.text.SampleTokenizer;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Samples of plain text that are nearly equally long: pieces of the built-in data, each the longest
 * that has at most so many tokens. A few texts are used again and again, under new ids: how fast a
 * sequence is trained does not depend on its text.
 *
 * @param fewestTokens of a text, what the tokenizer puts around it included
 */
record SyntheticSamples(List<String> texts, int fewestTokens) {

    private static final int TEXTS = 32;
    private static final int SOURCE_SAMPLES = 400;
    private static final int STRIDE = 997;
    /** No tokenizer has tokens that are longer on average. */
    private static final int MOST_CHARACTERS_A_TOKEN = 12;

    SyntheticSamples {
        texts = List.copyOf(texts);
    }

    static SyntheticSamples of(SampleTokenizer tokenizer, int tokens) {
        String source = JdkApi.ofThisJdk().training(SOURCE_SAMPLES).stream()
                .map(sample -> sample.completion().strip())
                .collect(Collectors.joining("\n"));
        List<String> texts = new ArrayList<>();
        int fewest = Integer.MAX_VALUE;
        for (int i = 0; i < TEXTS; i++) {
            String text = longest(tokenizer, window(source, i * STRIDE, tokens), tokens);
            texts.add(text);
            fewest = Math.min(fewest, count(tokenizer, text));
        }
        return new SyntheticSamples(texts, fewest);
    }

    /** As many samples as so many steps take at most, as lines of JSONL. */
    InputStream lines(int steps, int tokensPerStep) {
        int perStep = (tokensPerStep + fewestTokens - 1) / fewestTokens;
        String lines = IntStream.range(0, steps * perStep)
                .mapToObj(i -> JsonNodeFactory.instance
                                .objectNode()
                                .put("id", "bench-" + i)
                                .put("text", texts.get(i % texts.size()))
                        + "\n")
                .collect(Collectors.joining());
        return new ByteArrayInputStream(lines.getBytes(UTF_8));
    }

    private static String window(String source, int from, int tokens) {
        int length = tokens * MOST_CHARACTERS_A_TOKEN;
        StringBuilder window = new StringBuilder(length);
        for (int at = from % source.length(); window.length() < length; at = 0) {
            int to = Math.min(source.length(), at + length - window.length());
            window.append(source, at, to);
        }
        return window.toString().stripLeading();
    }

    private static String longest(SampleTokenizer tokenizer, String window, int tokens) {
        int fits = 1;
        int beyond = window.length() + 1;
        while (beyond - fits > 1) {
            int middle = (fits + beyond) / 2;
            if (count(tokenizer, window.substring(0, middle)) <= tokens) {
                fits = middle;
            } else {
                beyond = middle;
            }
        }
        return window.substring(0, fits);
    }

    private static int count(SampleTokenizer tokenizer, String text) {
        ParsedSample sample = new ParsedSample.Text(Optional.empty(), text);
        return tokenizer.tokenize(sample, Integer.MAX_VALUE) instanceof TokenSequence sequence
                ? sequence.tokens().length
                : 0;
    }
}
