package dev.plimsoll.engine.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;

class TorchScriptTest {

    private static final String SOURCE = """
            class Toy(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool

              def numbers(self: __torch__.Toy, count: int, factor: float) -> Tensor:
                # umlauts, ümläute, do no harm in comments
                return torch.mul(torch.arange(count, dtype=7), factor)

              def both(self: __torch__.Toy, x: Tensor) -> List[Tensor]:
                return [x, torch.neg(x), torch.mul(x, 2)]

              def element(self: __torch__.Toy, tensors: List[Tensor], index: int) -> Tensor:
                return tensors[index]

              def rest(self: __torch__.Toy, tensors: List[Tensor], start: int) -> List[Tensor]:
                return tensors[start:]

              def total(self: __torch__.Toy, tensors: List[Tensor]) -> float:
                return float(torch.sum(torch.cat(tensors, 0)))
            """;

    /** As the typed scripts are made: a name and a source. */
    private static final class Toy extends TorchScript {

        Toy(String source) {
            super("Toy", source);
        }

        Tensor element(Scope into, TensorList tensors, int index) {
            return tensor(into, "element", tensors, index);
        }

        TensorList rest(Scope into, TensorList tensors, int start) {
            return list(into, "rest", tensors, start);
        }
    }

    @BeforeAll
    static void start() {
        TorchScript.start(1);
    }

    @Test
    void numbers_lists_and_bytes_cross_the_border() {
        try (Toy script = new Toy(SOURCE)) {
            TensorList kept;
            try (Scope scope = script.scope()) {
                Tensor x = script.tensor(scope, "numbers", 4, 0.5);
                script.withBytes(
                        x,
                        32,
                        bytes -> assertThat(bytes.toArray(ValueLayout.JAVA_DOUBLE))
                                .containsExactly(0, 0.5, 1, 1.5));
                script.withBytes(x, 32, bytes -> bytes.setAtIndex(ValueLayout.JAVA_DOUBLE, 3, 10));
                TensorList all = script.list(scope, "both", x);
                assertThat(script.number("total", all)).isEqualTo(2 * 11.5);
                assertThat(script.number("total", script.rest(scope, all, 1))).isEqualTo(11.5);
                Tensor negated = script.element(scope, all, 1);
                script.withBytes(
                        negated,
                        32,
                        bytes -> assertThat(bytes.getAtIndex(ValueLayout.JAVA_DOUBLE, 3))
                                .isEqualTo(-10));
                assertThat(script.liveHandles()).isEqualTo(4);
                kept = all;
            }
            TensorList closed = kept;
            assertThat(script.liveHandles()).isZero();
            assertThatThrownBy(() -> script.number("total", closed))
                    .hasMessageContaining("after its scope was closed");
        }
    }

    /** On libtorch 2.11 they would end the process. */
    @Test
    void booleans_and_strings_are_refused() {
        try (Toy script = new Toy(SOURCE)) {
            assertThatThrownBy(() -> script.run("numbers", true, 1.0))
                    .hasMessageContaining("a Boolean cannot");
            assertThatThrownBy(() -> script.run("numbers", "4", 1.0))
                    .hasMessageContaining("a String cannot");
            assertThat(script.liveHandles()).isZero();
        }
    }

    @Test
    void a_mistake_in_the_source_names_its_line() {
        assertThatThrownBy(() -> new Toy(SOURCE.replace("torch.neg", "torch.negg")))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("negg")
                .hasMessageContaining("line 11");
    }

    @Test
    void a_failing_method_leaves_no_handles() {
        try (Toy script = new Toy(SOURCE);
                Scope scope = script.scope()) {
            TensorList list = script.list(scope, "both", script.tensor(scope, "numbers", 2, 1.0));
            assertThatThrownBy(() -> script.element(scope, list, 7))
                    .isInstanceOf(EngineException.class);
            assertThat(script.liveHandles()).isEqualTo(2);
        }
    }
}
