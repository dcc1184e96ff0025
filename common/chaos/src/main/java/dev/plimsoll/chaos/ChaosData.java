package dev.plimsoll.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.samples.JdkApi;
import dev.plimsoll.model.samples.JdkApi.ApiSample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is submitted, the same lines in both runs. */
record ChaosData(Path file, List<String> lines) {

    ChaosData {
        lines = List.copyOf(lines);
    }

    /** The user's file. */
    static ChaosData of(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file, UTF_8).stream()
                .filter(line -> !line.isBlank())
                .toList();
        if (lines.isEmpty()) {
            throw CliFailure.input(file + " has no lines; give a JSONL file with samples");
        }
        return new ChaosData(file, lines);
    }

    /** The JDK's API, from its beginning again, under other ids, when it is used up. */
    static ChaosData builtIn(Path directory, int count) throws IOException {
        List<ApiSample> samples = JdkApi.ofThisJdk().training(count);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ApiSample sample = samples.get(i % samples.size());
            int round = i / samples.size();
            lines.add(sample.toJson(
                    round == 0 ? sample.typeName() : sample.typeName() + "#" + round));
        }
        Path file = directory.resolve("jdk-api.jsonl");
        Files.write(file, lines, UTF_8);
        return new ChaosData(file, lines);
    }
}
