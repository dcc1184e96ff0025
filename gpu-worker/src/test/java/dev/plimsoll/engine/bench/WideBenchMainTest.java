package dev.plimsoll.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.engine.JavaProcess;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.RandomModel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

@Tag("slow")
class WideBenchMainTest {

    @TempDir
    private Path directory;

    private List<JsonNode> bench(String... arguments) throws Exception {
        JavaProcess.Outcome outcome = JavaProcess.run(directory, WideBenchMain.class, arguments);
        assertThat(outcome.code()).as(outcome.err()).isZero();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : outcome.out().lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }

    private String model() {
        Path model = directory.resolve("model");
        if (!Files.exists(model)) {
            RandomModel.create(model, RandomModel.shape("tiny"), 1, Dtype.F32, List.of());
        }
        return model.toString();
    }

    @Test
    void theGradientIsThatOfOneCard() throws Exception {
        List<JsonNode> lines = bench("gradient", model(), "cpu", "fp32", "0,1", "0", "900");
        assertThat(lines).hasSize(2);
        for (JsonNode line : lines) {
            assertThat(line.path("figure").asText()).isEqualTo("gradient");
            assertThat(line.path("layers")).hasSize(2);
            assertThat(line.path("l2AgainstOneCard").asDouble()).isBetween(0.0, 1e-5);
        }
    }

    @Test
    void theFoldHasTheBitsOfJava() throws Exception {
        JsonNode line = bench("fold", model(), "cpu", "bf16", "0,1", "900").getFirst();
        for (String field : List.of("sumHasSameBits", "normsHaveSameBits", "versionHasSameBits")) {
            assertThat(line.path(field).asBoolean()).as(field).isTrue();
        }
    }

    @Test
    void theLongestSequenceIsTheLastThatWasTrained() throws Exception {
        List<JsonNode> lines = bench("longest", model(), "cpu:12000000", "fp32", "0,1", "256");
        assertThat(lines.getFirst().path("figure").asText()).isEqualTo("loaded");
        assertThat(lines.getFirst().path("VmHWM").asLong()).isPositive();
        int longest = 0;
        int refused = 0;
        for (JsonNode line : lines) {
            int tokens = line.path("tokens").asInt();
            if (line.path("figure").asText().equals("trained")) {
                longest = Math.max(longest, tokens);
            } else if (line.path("figure").asText().equals("refused")) {
                refused = refused == 0 ? tokens : Math.min(refused, tokens);
                assertThat(line.path("note").asText()).startsWith("card ");
            }
        }
        assertThat(lines.getLast().path("figure").asText()).isEqualTo("longest");
        assertThat(lines.getLast().path("tokens").asInt()).isEqualTo(longest).isPositive();
        assertThat(refused - longest).isBetween(1, 256);
    }
}
