package dev.plimsoll.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.GoldenCase;
import dev.plimsoll.engine.llama.DecoderFactory;
import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.DecodeScript;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.model.hf.ModelException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

class DecoderTest {

    private static final int[] PROMPT = {5, 9, 33, 2, 17, 60, 8};

    @Test
    void what_the_cache_has_is_not_computed_again() {
        try (Decoder decoder = open("gqa-untied", "fp32", 64)) {
            Generated first = generate(decoder, PROMPT, 12, Sampling.GREEDY);
            int[] longer = IntStream.concat(
                            IntStream.of(PROMPT),
                            first.tokens().stream().limit(6).mapToInt(Integer::intValue))
                    .toArray();
            Generated second = generate(decoder, longer, 6, Sampling.GREEDY);
            Generated again = generate(decoder, PROMPT, 12, Sampling.GREEDY);

            assertThat(first.reusedTokens()).isZero();
            assertThat(second.reusedTokens()).isEqualTo(longer.length - 1);
            assertThat(second.tokens()).isEqualTo(first.tokens().subList(6, 12));
            assertThat(again.tokens()).isEqualTo(first.tokens());
        }
    }

    /** Longer than what goes through the model at once, and with a window. */
    @ParameterizedTest
    @ValueSource(strings = {"mistral-window", "qwen3-norms"})
    void a_long_prompt_goes_in_pieces(String golden) {
        int[] prompt = IntStream.range(0, 1100).map(i -> (i * 37 + 11) % 60 + 2).toArray();
        try (Decoder decoder = open(golden, "fp64", 1200)) {
            Generated whole = generate(decoder, prompt, 8, Sampling.GREEDY);
            // the same text, most of it token by token
            List<Integer> stepped = new ArrayList<>();
            for (int length = 1090; length <= prompt.length; length++) {
                int[] beginning = IntStream.of(prompt).limit(length).toArray();
                stepped = generate(decoder, beginning, 1, Sampling.GREEDY).tokens();
            }
            assertThat(stepped.getFirst()).isEqualTo(whole.tokens().getFirst());
            assertThat(generate(decoder, prompt, 8, Sampling.GREEDY).tokens())
                    .isEqualTo(whole.tokens());
        }
    }

    @Test
    void a_seed_draws_the_same_tokens_and_another_draws_others() {
        try (Decoder decoder = open("gqa-untied", "fp32", 64)) {
            List<Integer> one =
                    generate(decoder, PROMPT, 40, new Sampling(1, 0.95, 1, 1)).tokens();
            List<Integer> same =
                    generate(decoder, PROMPT, 40, new Sampling(1, 0.95, 1, 1)).tokens();
            List<Integer> other =
                    generate(decoder, PROMPT, 40, new Sampling(1, 0.95, 2, 1)).tokens();
            assertThat(same).isEqualTo(one);
            assertThat(other).isNotEqualTo(one);
        }
    }

    @Test
    void the_fewest_tokens_that_reach_top_p_are_drawn() {
        try (Decoder decoder = open("gqa-untied", "fp32", 64)) {
            int likeliest =
                    generate(decoder, PROMPT, 1, Sampling.GREEDY).tokens().getFirst();
            Set<Integer> narrow = new HashSet<>();
            Set<Integer> wide = new HashSet<>();
            for (int seed = 0; seed < 60; seed++) {
                narrow.addAll(generate(decoder, PROMPT, 1, new Sampling(2, 1e-6, seed, 1))
                        .tokens());
                wide.addAll(generate(decoder, PROMPT, 1, new Sampling(2, 1, seed, 1))
                        .tokens());
            }
            assertThat(narrow).containsExactly(likeliest);
            assertThat(wide).hasSizeGreaterThan(5).contains(likeliest);
        }
    }

    @Test
    void a_penalty_keeps_tokens_from_coming_again() {
        try (Decoder decoder = open("gqa-untied", "fp32", 64)) {
            List<Integer> plain = generate(decoder, PROMPT, 40, Sampling.GREEDY).tokens();
            List<Integer> fresh =
                    generate(decoder, PROMPT, 40, new Sampling(0, 1, 0, 1000)).tokens();
            assertThat(new HashSet<>(plain)).hasSizeLessThan(plain.size());
            assertThat(fresh).doesNotHaveDuplicates();
            assertThat(fresh).doesNotContain(5, 9, 33, 2, 17, 60, 8);
        }
    }

    /** Map by map, since their weights are spread before each use. */
    @ParameterizedTest
    @ValueSource(strings = {"nf4", "fp8"})
    void packed_weights_decode_as_they_train(String format) {
        try (Decoder decoder = open("rank16-all", format, 64)) {
            List<Integer> tokens =
                    generate(decoder, PROMPT, 20, Sampling.GREEDY).tokens();
            int handles = decoder.liveHandles();
            List<Integer> again = generate(decoder, PROMPT, 20, Sampling.GREEDY).tokens();
            assertThat(again).isEqualTo(tokens).hasSize(20);
            assertThat(decoder.liveHandles()).isEqualTo(handles);
        }
    }

    @Test
    void handles_are_flat_from_text_to_text() {
        try (Decoder decoder = open("gqa-untied", "fp32", 64)) {
            generate(decoder, PROMPT, 5, new Sampling(1, 0.9, 3, 1.1));
            int handles = decoder.liveHandles();
            generate(decoder, PROMPT, 30, new Sampling(1, 0.9, 3, 1.1));
            assertThat(decoder.liveHandles()).isEqualTo(handles);
        }
    }

    @Test
    void the_text_ends_where_the_cache_is_full() {
        try (Decoder decoder = open("gqa-untied", "fp32", 10)) {
            Generated generated = generate(decoder, PROMPT, 20, Sampling.GREEDY);
            assertThat(generated.tokens()).hasSize(3);
            assertThat(generated.finish()).isEqualTo(Generated.Finish.LENGTH);
            assertThatThrownBy(() -> generate(decoder, new int[10], 1, Sampling.GREEDY))
                    .hasMessageContaining("room for 10");
            assertThatThrownBy(() -> generate(decoder, new int[] {64}, 1, Sampling.GREEDY))
                    .hasMessageContaining("has token 64");
        }
    }

    @Test
    void a_cache_that_does_not_fit_is_refused_with_its_bytes() {
        GoldenCase golden = GoldenCase.named("gqa-untied");
        assertThatThrownBy(() -> DecoderFactory.open(
                                golden.dir(),
                                Optional.empty(),
                                new EngineOptions("cpu", "fp32", 1, 1 << 20),
                                8192)
                        .close())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("the key-value cache of 8,192 positions needs 2.5 MiB");
    }

    @Test
    void weights_of_another_config_are_refused(@TempDir Path model) throws IOException {
        GoldenCase.named("gqa-untied").copyWithoutLastLayer(model);
        EngineOptions cpu = new EngineOptions("cpu", "fp32", 1, 0);
        assertThatThrownBy(() ->
                        DecoderFactory.open(model, Optional.empty(), cpu, 8).close())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("has tensor model.layers.1.input_layernorm.weight");
    }

    /** A way that is not there, as flash on a CPU, fails, and would be passed over. */
    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void the_ways_of_attention_agree(int window) {
        TorchScript.start(1);
        try (LlamaScript llama = LlamaScript.load(AttentionSource.COMPOSED);
                DecodeScript script = DecodeScript.load();
                Scope scope = script.scope()) {
            Tensor like = llama.zeros(scope, 1, TorchDtype.FP64, DeviceTensors.CPU);
            int dispatched = AttentionWay.DISPATCHED.number();
            assertThat(script.attentionDifference(like, 8, 2, 16, window, dispatched))
                    .isPositive()
                    .isLessThan(1e-12);
            int flash = AttentionWay.FLASH.number();
            assertThatThrownBy(() -> script.attentionDifference(like, 8, 2, 16, window, flash))
                    .isInstanceOf(RuntimeException.class);
        }
    }

    private static Decoder open(String golden, String precision, int positions) {
        GoldenCase adapted = GoldenCase.named(golden);
        return DecoderFactory.open(
                adapted.dir(),
                Optional.of(adapted.adapter()),
                new EngineOptions("cpu", precision, 1, 0),
                positions);
    }

    private static Generated generate(
            Decoder decoder, int[] prompt, int newTokens, Sampling sampling) {
        return decoder.generate(
                new GenerationRequest(prompt, newTokens, Set.of(), sampling), _ -> {});
    }
}
