package dev.plimsoll.engine.generation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.engine.decode.Decoder;
import dev.plimsoll.engine.decode.Generated;
import dev.plimsoll.engine.decode.GenerationRequest;
import dev.plimsoll.engine.decode.Sampling;
import dev.plimsoll.engine.llama.DecoderFactory;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Continues tokenized texts, for {@code ./plimsoll generate}, which knows the tokenizer. A line of
 * standard input is a request, a line of standard output an answer, both JSON:
 *
 * <pre>
 * out {"ready": {"device": …, "precision": …, "cacheBytes": …}}
 * in  {"tokens": [1, 2], "maxNewTokens": 9, "endIds": [0], "temperature": 0, "topP": 1, "seed": 0,
 *      "repetitionPenalty": 1}
 * out {"token": 5}, for each new token but an end token
 * out {"done": {"tokens": [5, 0], "finish": "end", "reusedTokens": 0, "prefillMillis": …,
 *      "decodeMillis": …, "peakBytes": …}}
 * </pre>
 *
 * It ends with its standard input. Exit code 4 for input that cannot be used, 2 for wrong
 * arguments.
 */
public final class GenerateMain {

    private static final ObjectMapper JSON = Json.mapper();

    private GenerateMain() {}

    public static void main(String[] arguments) {
        int code;
        try {
            serve(GenerateOptions.of(arguments));
            code = ExitCode.DONE.number();
        } catch (GenerateOptions.UsageException e) {
            System.err.println(e.getMessage() + "\n" + GenerateOptions.USAGE);
            code = ExitCode.USAGE.number();
        } catch (ModelException | IllegalArgumentException | UncheckedIOException e) {
            System.err.println(e.getMessage());
            code = ExitCode.INPUT.number();
        }
        System.exit(code);
    }

    private static void serve(GenerateOptions options) {
        Optional<PeftAdapter> adapter = options.adapter()
                .map(directory -> PeftAdapter.read(directory, LlamaConfig.read(options.model())));
        PrintStream out = System.out;
        try (Decoder decoder = DecoderFactory.open(
                options.model(), adapter, options.engine(), options.positions())) {
            say(out, ready(decoder));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!line.isBlank()) {
                    answer(decoder, request(line), out);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the requests cannot be read", e);
        }
    }

    private static void answer(Decoder decoder, GenerationRequest request, PrintStream out) {
        Generated generated = decoder.generate(
                request, token -> say(out, JSON.createObjectNode().put("token", token)));
        ObjectNode answer = JSON.createObjectNode();
        ObjectNode done = answer.putObject("done");
        generated.tokens().forEach(done.putArray("tokens")::add);
        done.put("finish", generated.finish().name().toLowerCase(Locale.ROOT));
        done.put("reusedTokens", generated.reusedTokens());
        done.put("prefillMillis", generated.prefillNanos() / 1e6);
        done.put("decodeMillis", generated.decodeNanos() / 1e6);
        done.put("peakBytes", decoder.peakBytes());
        say(out, answer);
    }

    private static ObjectNode ready(Decoder decoder) {
        ObjectNode answer = JSON.createObjectNode();
        answer.putObject("ready")
                .put("device", decoder.device().name())
                .put("precision", decoder.device().precision())
                .put("cacheBytes", decoder.cacheBytes());
        return answer;
    }

    private static GenerationRequest request(String line) {
        try {
            JsonNode json = JSON.readTree(line);
            return new GenerationRequest(
                    ids(json.path("tokens")),
                    json.path("maxNewTokens").asInt(),
                    endIds(json.path("endIds")),
                    new Sampling(
                            json.path("temperature").asDouble(0),
                            json.path("topP").asDouble(1),
                            json.path("seed").asLong(0),
                            json.path("repetitionPenalty").asDouble(1)));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "a request is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static Set<Integer> endIds(JsonNode list) {
        return Arrays.stream(ids(list)).boxed().collect(Collectors.toSet());
    }

    private static int[] ids(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(id -> id.asInt(-1))
                .toArray();
    }

    /** Whoever asked is gone when it cannot be told: then there is nothing left to do. */
    private static void say(PrintStream out, ObjectNode line) {
        out.println(line);
        out.flush();
        if (out.checkError()) {
            throw new UncheckedIOException(new IOException("nobody reads the answers any more"));
        }
    }
}
