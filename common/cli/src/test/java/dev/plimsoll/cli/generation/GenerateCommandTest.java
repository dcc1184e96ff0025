package dev.plimsoll.cli.generation;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.sample.SubmittedSample;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class GenerateCommandTest {

    private static final String MODEL = "../model/tiny-llama";

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void anAnswerIsTextTokensAndFigures() throws Exception {
        assertThat(generate("", false, "--prompt", "Why?", "--system", "Be brief. ", "--json"))
                .isZero();

        JsonNode json = Json.mapper().readTree(out.toString());
        assertThat(err.toString()).startsWith("the base model alone");
        assertThat(json.path("text").asText()).isEqualTo("Be brief. Why?");
        assertThat(json.path("finish").asText()).isEqualTo("end");
        // <bos><|system|>Be brief. <|user|>Why?<|assistant|>
        assertThat(json.path("promptTokens").asInt()).isEqualTo(4 + 10 + 4);
        assertThat(json.path("tokens").get(18).asInt()).isEqualTo(257);
        assertThat(json.path("newTokens").asInt()).isEqualTo(19);
    }

    @Test
    void aTextThatIsPipedInIsOnePrompt() {
        assertThat(generate("one\ntwo\n", false, "--raw")).isZero();
        assertThat(out.toString()).isEqualTo("one\ntwo" + System.lineSeparator());
    }

    @Test
    void eachConversationOfAFileIsAnswered() throws Exception {
        Path file = Files.writeString(directory.resolve("asked.jsonl"), """
                {"messages": [{"role": "user", "content": "first"}]}
                [{"role": "user", "content": "sec"}, {"role": "user", "content": "ond"}]
                """);
        assertThat(generate("", false, "--messages", file.toString(), "--json")).isZero();
        List<String> texts = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            texts.add(Json.mapper().readTree(line).path("text").asText());
        }
        assertThat(texts).containsExactly("first", "second");
    }

    @Test
    void aChatRemembersWhatWasSaidUntilItIsCleared() {
        assertThat(generate("a\nb\n/clear\nc\n/quit\nnever\n", true)).isZero();
        // what is echoed grows by the answer and the next message
        assertThat(out.toString().lines().skip(1)).containsExactly("> a", "> aab", "> > c", "> ");
    }

    @Test
    void aMessageThatIsTooLongIsToldAndForgotten() {
        String line = "x".repeat(60);
        assertThat(generate("a\n" + line + "\nb\n", true, "--context", "40")).isZero();
        assertThat(out.toString()).contains("--context").contains("> aab");
    }

    @Test
    void theEnginesLastWordIsTheCommandsSentence() {
        int code = execute(
                new GenerateCommand(
                        arguments -> EchoEngine.command(List.of("fails")),
                        new ByteArrayInputStream(new byte[0]),
                        false),
                "--model",
                MODEL,
                "--prompt",
                "a");
        assertThat(code).isEqualTo(4);
        assertThat(err.toString()).contains("the engine: the model is of no use");
    }

    @Test
    void whatIsNotAskedOfGenerationConfigIsTold() {
        assertThat(GenerationConfig.of(Json.mapper()
                        .createObjectNode()
                        .put("repetition_penalty", 1.1)
                        .put("no_repeat_ngram_size", 3)
                        .put("min_length", 0)))
                .isEqualTo(new GenerationConfig(1.1, List.of("no_repeat_ngram_size")));
    }

    @Test
    void theLossOfTheBaseStandsBesideTheAdapters() throws Exception {
        Path data = Files.writeString(directory.resolve("data.jsonl"), """
                {"prompt": "a", "completion": "b"}
                {"text": 5}
                """);
        EvaluateCommand command = new EvaluateCommand(EchoEngine::command);
        assertThat(execute(command, "--model", MODEL, "--data", data.toString()))
                .isZero();
        assertThat(err.toString()).startsWith("the base model alone");
        assertThat(out.toString())
                .contains("1 sequences with 7 trained tokens")
                .contains("base     loss 3.0000 nats per token   perplexity 20.09")
                .contains("1 rejected as BAD_FIELD");
    }

    /** As ingest does. */
    @Test
    void aSampleThatIsTooLargeIsToldAsRejected() throws Exception {
        int bytes = SubmittedSample.MAX_BYTES + 1;
        byte[] large = new byte[bytes + 1];
        Arrays.fill(large, (byte) 'x');
        large[bytes] = '\n';
        Path data = Files.writeString(directory.resolve("data.jsonl"), """
                {"prompt": "a", "completion": "b"}
                """);
        Files.write(data, large, StandardOpenOption.APPEND);
        assertThat(evaluate(data)).isZero();
        assertThat(out.toString())
                .contains("1 sequences")
                .contains("1 rejected as TOO_LARGE: " + data + ", line 2: it has " + bytes
                        + " bytes and the most is " + SubmittedSample.MAX_BYTES + "; split it");
    }

    /** By default fields that the template does not write are dropped, and told. */
    @Test
    void samplesAreTakenAsARunTakesThem() throws Exception {
        Path data = Files.writeString(directory.resolve("data.jsonl"), """
                {"messages": [{"role": "user", "content": "a"}, \
                {"role": "assistant", "content": "b", "reasoning_content": "because"}]}
                {"prompt": "a", "completion": "bcdefghijklmnopqrstuvwxyz"}
                """);
        assertThat(evaluate(data)).isZero();
        assertThat(out.toString())
                .contains("2 sequences", "1 accepted without reasoning", "untold-fields=reject");
        assertThat(evaluate(data, "--untold-fields", "reject")).isZero();
        assertThat(out.toString())
                .contains("1 sequences", "1 rejected as BAD_FIELD", "untold-fields");
        assertThat(evaluate(data, "--max-sequence-tokens", "20")).isZero();
        assertThat(out.toString())
                .contains("1 sequences", "1 rejected as TOO_MANY_TOKENS", "the limit is 20");
        assertThat(evaluate(data, "--max-sequence-tokens", "20", "--long-samples", "truncate"))
                .isZero();
        assertThat(out.toString()).contains("2 sequences", "1 lost their ends");
        assertThat(evaluate(data, "--max-sequence-tokens", "9999")).isEqualTo(4);
        assertThat(err.toString())
                .contains("max-sequence-tokens is 9999, but the model takes 8192");
    }

    @Test
    void fieldsOfOtherNamesAreMapped() throws Exception {
        Path data = Files.writeString(directory.resolve("data.jsonl"), """
                {"asked": "a", "said": "b"}
                """);
        assertThat(evaluate(data)).isEqualTo(4);
        assertThat(evaluate(data, "--map", "prompt=asked", "--map", "completion=said"))
                .isZero();
        assertThat(out.toString()).contains("1 sequences");
        assertThat(evaluate(data, "--format", "text", "--text-unit", "LINE")).isZero();
    }

    private int evaluate(Path data, String... more) {
        out.getBuffer().setLength(0);
        List<String> arguments =
                new ArrayList<>(List.of("--model", MODEL, "--data", data.toString()));
        arguments.addAll(List.of(more));
        return execute(new EvaluateCommand(EchoEngine::command), arguments.toArray(String[]::new));
    }

    private int generate(String input, boolean terminal, String... arguments) {
        List<String> all = new ArrayList<>(List.of("--model", MODEL));
        all.addAll(List.of(arguments));
        return execute(
                new GenerateCommand(
                        EchoEngine::command,
                        new ByteArrayInputStream(input.getBytes(UTF_8)),
                        terminal),
                all.toArray(String[]::new));
    }

    private int execute(Object command, String... arguments) {
        return Plimsoll.withProblems(new CommandLine(command))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
