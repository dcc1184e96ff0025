package dev.plimsoll.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.JavaProcess;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.RandomModel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

@Tag("slow")
class MemoryBenchMainTest {

    @TempDir
    private Path directory;

    private JavaProcess.Outcome bench(String cardBytes, String... policies) throws Exception {
        Path model = directory.resolve("model");
        if (!Files.exists(model)) {
            RandomModel.create(model, RandomModel.shape("tiny"), 1, Dtype.F32, List.of());
        }
        Path data = directory.resolve("data.jsonl");
        Files.writeString(
                data,
                IntStream.range(5, 25)
                        .mapToObj(length -> "{\"tokens\": "
                                + IntStream.range(0, length).boxed().toList() + ", \"trainOn\": "
                                + IntStream.range(0, length).mapToObj(i -> 1).toList() + "}")
                        .collect(Collectors.joining("\n")));
        List<String> arguments = new java.util.ArrayList<>(List.of(
                model.toString(), data.toString(), "cpu", "auto", "4", "4", "30", cardBytes));
        arguments.addAll(List.of(policies));
        return JavaProcess.run(directory, MemoryBenchMain.class, arguments.toArray(String[]::new));
    }

    /** The gradient is the same whoever cuts it, so the loss is; the loop is never refused. */
    @Test
    void everyPolicyThatLivesEndsWithTheSameLoss() throws Exception {
        JavaProcess.Outcome outcome = bench("40000000", "plimsoll", "fixed:2", "halving");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        List<String> lines =
                outcome.out().lines().filter(line -> line.contains("loss")).toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.getFirst()).contains(" 0 refused").contains("of the line over time");
        assertThat(lines.stream()
                        .map(line -> line.replaceAll(".*loss ([0-9.]+).*", "$1"))
                        .distinct())
                .hasSize(1);
        assertThat(outcome.out().lines().filter(line -> line.contains("in the mean")))
                .hasSizeGreaterThanOrEqualTo(3)
                .anySatisfy(line -> assertThat(line)
                        .contains("  short  * recomputed", " 60 micro-batches of     41 tokens"));
    }

    @Test
    void aPolicyThatNobodyKnowsIsNamed() throws Exception {
        JavaProcess.Outcome outcome = bench("40000000", "luck");
        assertThat(outcome.code()).isEqualTo(4);
        assertThat(outcome.err()).contains("policy 'luck' is none of");
    }
}
