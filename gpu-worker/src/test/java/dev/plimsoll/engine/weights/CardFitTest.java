package dev.plimsoll.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.model.shapes.WeightFormat;

import org.junit.jupiter.api.Test;

class CardFitTest {

    private static final long GIB = 1L << 30;
    /** r 16 on all seven projections of an 8B Llama. */
    private static final long LORA_8B = 41_943_040;

    @Test
    void an_8b_model_in_each_format() {
        CardFit fit = new CardFit(llama8b(false), 0, false, 0);
        assertThat(fit.weightBytes(WeightFormat.BF16)).isEqualTo(2L * 8_030_261_248L);
        long matrices = 32L * (2L * 4096 * 4096 + 2L * 1024 * 4096 + 3L * 14336 * 4096);
        long rows = 32L * (2 * 4096 + 2 * 1024 + 2 * 14336 + 4096);
        long rest = 2L * 8_030_261_248L - 2 * matrices;
        assertThat(fit.weightBytes(WeightFormat.FP8)).isEqualTo(rest + matrices + 4 * rows);
        long scales = matrices / 64;
        assertThat(fit.weightBytes(WeightFormat.NF4))
                .isEqualTo(rest + matrices / 2 + scales + 4 * scales / 256 + 4L * 7 * 32);
        assertThat(fit.weightBytes(WeightFormat.NF4) / (double) GIB).isBetween(5.3, 5.4);
    }

    @Test
    void an_embedding_on_the_host_and_a_tied_one() {
        long table = 2L * 128_256 * 4096;
        long all = new CardFit(llama8b(false), 0, false, 0).weightBytes(WeightFormat.NF4);
        assertThat(new CardFit(llama8b(false), 0, true, 0).weightBytes(WeightFormat.NF4))
                .isEqualTo(all - table);
        assertThat(new CardFit(llama8b(true), 0, false, 0).weightBytes(WeightFormat.NF4))
                .isEqualTo(all - table);
        assertThat(new CardFit(llama8b(true), 0, true, 0).weightBytes(WeightFormat.NF4))
                .as("the head is needed on the card")
                .isEqualTo(all - table);
    }

    @Test
    void a_card_that_is_too_small_is_told_every_term_and_what_would_fit() {
        CardFit fit = new CardFit(llama8b(false), LORA_8B, false, GIB / 2);
        assertThatThrownBy(() -> fit.require(WeightFormat.BF16, 102 * GIB / 10))
                .isInstanceOf(ModelException.class)
                .hasMessage(
                        "the model needs 15.9 GiB in bf16 (layers 13.0 GiB, embedding 1002.0 MiB, "
                                + "head 1002.0 MiB,"
                                + " norms 520.0 KiB, adapter and gradients 480.0 MiB, room to "
                                + "work 512.0 MiB);"
                                + " this card has 10.2 GiB free; fp8 (9.4 GiB) and nf4 (6.3 "
                                + "GiB) fit, or several cards share the model (devices)");
        assertThatThrownBy(() -> fit.require(WeightFormat.BF16, 7 * GIB))
                .hasMessageEndingWith("this card has 7.0 GiB free; nf4 (6.3 GiB) fits, or "
                        + "several cards share the model (devices)");
        assertThatThrownBy(() -> fit.require(WeightFormat.NF4, 6 * GIB))
                .hasMessageContaining("needs 6.3 GiB in nf4 (layers 3.4 GiB")
                .hasMessageEndingWith(
                        "bf16 (15.9 GiB) and fp8 (9.4 GiB) do not fit either; use a larger card, "
                                + "several that share the model (devices) or a smaller model,"
                                + " or keep the embedding on the host");
    }

    @Test
    void what_fits_to_the_byte_is_taken() {
        CardFit fit = new CardFit(llama8b(false), LORA_8B, false, 0);
        for (WeightFormat format : WeightFormat.values()) {
            long needed = fit.neededBytes(format);
            assertThat(needed).isEqualTo(fit.weightBytes(format) + 12 * LORA_8B);
            assertThatCode(() -> fit.require(format, needed)).doesNotThrowAnyException();
            assertThatThrownBy(() -> fit.require(format, needed - 1))
                    .isInstanceOf(ModelException.class);
        }
    }

    @Test
    void nf4_is_neither_taken_nor_advised_where_blocks_do_not_divide_a_matrix() {
        LlamaConfig odd = new LlamaConfig(
                12, 10, 1, 3, 1, 4, 11, 1e-5, new RopeSettings(100, null), false, 64, "float32");
        CardFit fit = new CardFit(odd, 0, false, 0);
        assertThatThrownBy(() -> fit.require(WeightFormat.NF4, GIB))
                .hasMessageContaining("not a multiple of 64");
        assertThatThrownBy(() -> fit.require(WeightFormat.BF16, 1))
                .hasMessageContaining("KiB) does not fit either");
    }

    private static LlamaConfig llama8b(boolean tied) {
        return new LlamaConfig(
                4096,
                14336,
                32,
                32,
                8,
                128,
                128_256,
                1e-5,
                new RopeSettings(500_000, null),
                tied,
                8192,
                "bfloat16");
    }
}
