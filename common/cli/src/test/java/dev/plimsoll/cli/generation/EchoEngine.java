package dev.plimsoll.cli.generation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.wire.codec.Json;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * In place of the engine's programs: answers a prompt by the prompt and its first end token, and
 * finds a loss of 2 where there is an adapter, which is 3 without. With the argument "fails" it
 * cannot be used.
 */
final class EchoEngine {

    private EchoEngine() {}

    static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")),
                EchoEngine.class.getName()));
        command.addAll(arguments);
        return command;
    }

    public static void main(String[] arguments) throws IOException {
        List<String> given = List.of(arguments);
        if (given.contains("fails")) {
            System.err.println("a warning");
            System.err.println("the model is of no use");
            System.exit(4);
        }
        if (given.contains("--sequences")) {
            String base = "\"lossPerToken\": 3}";
            System.out.println(
                    given.contains("--adapter")
                            ? "{\"tokens\": 7, \"lossPerToken\": 2, \"base\": {" + base + "}"
                            : "{\"tokens\": 7, " + base);
            return;
        }
        System.out.println("a library says something");
        System.out.println("{\"ready\": {\"device\": \"echo\", \"precision\": \"fp32\"}}");
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answer(Json.mapper().readTree(line));
        }
    }

    private static void answer(JsonNode request) {
        ObjectNode answer = Json.mapper().createObjectNode();
        ArrayNode tokens = answer.putObject("done").put("finish", "end").putArray("tokens");
        for (JsonNode token : request.get("tokens")) {
            System.out.println("{\"token\": " + token + "}");
            tokens.add(token);
        }
        tokens.add(request.get("endIds").get(0));
        System.out.println(answer);
    }
}
