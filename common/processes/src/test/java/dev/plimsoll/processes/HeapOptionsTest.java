package dev.plimsoll.processes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.RandomModel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class HeapOptionsTest {

    @TempDir
    Path directory;

    @Test
    void holdsAnAdapterOf8bWithItsMomentsTwice() throws Exception {
        Path model = only8bsConfig();

        long bytes =
                mib(HeapOptions.ofCoordinator(Map.of("model", model.toString(), "lora-rank", "16")))
                        << 20;

        long parameters = 41_943_040;
        assertThat(bytes).isBetween(parameters * (24 + 8 + 24), parameters * 120);
    }

    @Test
    void staysSmallForTheBuiltInModelAndForOneThatCannotBeRead() {
        Path builtIn = Path.of("../model/tiny-llama").toAbsolutePath();

        assertThat(mib(HeapOptions.ofCoordinator(Map.of("model", builtIn.toString()))))
                .isLessThan(600);
        assertThat(mib(HeapOptions.ofCoordinator(
                        Map.of("model", directory.toString(), "lora-rank", "0"))))
                .isEqualTo(512);
    }

    @Test
    void growsWithTheRankAndWithTheTargets() throws Exception {
        String model = only8bsConfig().toString();

        long all = mib(HeapOptions.ofCoordinator(Map.of("model", model, "lora-rank", "32")));

        assertThat(all).isGreaterThan(mib(HeapOptions.ofCoordinator(Map.of("model", model))));
        assertThat(all)
                .isGreaterThan(mib(HeapOptions.ofCoordinator(
                        Map.of("model", model, "lora-rank", "32", "targets", "q_proj,v_proj"))));
    }

    @Test
    void aWorkersSmallHeapIsThereFromTheStartAndALargeOneGrows() throws Exception {
        String builtIn = Path.of("../model/tiny-llama").toAbsolutePath().toString();

        List<String> small = HeapOptions.ofWorker(Map.of("model", builtIn));
        List<String> large =
                HeapOptions.ofWorker(Map.of("model", only8bsConfig().toString()));

        String most = small.get(1);
        assertThat(mib(most)).isBetween(160L, 256L);
        assertThat(small)
                .containsExactly(most.replace("mx", "ms"), most, "-Xmn48m", "-XX:+AlwaysPreTouch");
        assertThat(large).hasSize(1);
        assertThat(mib(large.getFirst()) << 20).isGreaterThan(4 * 41_943_040L * 48);
    }

    @Test
    void onlyALargeAdapterNeedsTheOptimizingCompiler() throws Exception {
        String builtIn = Path.of("../model/tiny-llama").toAbsolutePath().toString();

        assertThat(HeapOptions.compilerOfWorker(Map.of("model", builtIn)))
                .containsExactly("-XX:TieredStopAtLevel=1");
        assertThat(HeapOptions.compilerOfWorker(Map.of("model", only8bsConfig().toString())))
                .isEmpty();
    }

    private static long mib(String option) {
        assertThat(option).matches("-Xmx\\d+m");
        return Long.parseLong(option.replaceAll("\\D", ""));
    }

    /** A model of one layer tells how config.json is written; the sizes are 8B's. */
    private Path only8bsConfig() throws Exception {
        Path model = directory.resolve("m");
        if (!Files.exists(model)) {
            RandomModel.create(model, RandomModel.shape("tiny"), 1, Dtype.F32, List.of());
            Path source = directory.resolve("m/config.json");
            Map<String, Object> json =
                    new ObjectMapper().readValue(source.toFile(), new TypeReference<>() {});
            json.putAll(Map.of(
                    "hidden_size", 4096,
                    "intermediate_size", 14336,
                    "num_hidden_layers", 32,
                    "num_attention_heads", 32,
                    "num_key_value_heads", 8,
                    "head_dim", 128));
            Files.writeString(source, new ObjectMapper().writeValueAsString(json));
        }
        return model;
    }
}
