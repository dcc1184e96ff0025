package dev.plimsoll.engine.nativelib;

import static dev.plimsoll.engine.script.SourceSignatures.camel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.script.SourceSignatures;
import dev.plimsoll.engine.script.SourceSignatures.Binding;
import dev.plimsoll.engine.script.SourceSignatures.Method;
import dev.plimsoll.engine.script.SourceSignatures.Parameter;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Java's methods and the kernels of kernels.cu are the same: names, arguments and their kinds. */
class CudaKernelsTest {

    private static final String FILE = "nativelib/CudaKernels.java";
    private static final List<Method> CUDA = SourceSignatures.cudaKernels("kernels.cu");
    private static final List<Binding> JAVA = SourceSignatures.bindings(FILE);

    @Test
    void every_kernel_has_one_method() {
        assertThat(JAVA)
                .extracting(Binding::called)
                .isNotEmpty()
                .containsExactlyInAnyOrderElementsOf(
                        CUDA.stream().map(Method::name).toList());
        assertThat(JAVA).hasSize((int) SourceSignatures.namesIn(FILE, "launch"));
    }

    /** A call is launch(name, blocksX, blocksY, threads, the kernel's arguments). */
    @Test
    void arguments_agree_in_order_name_and_kind() {
        for (Binding binding : JAVA) {
            Method kernel = CUDA.stream()
                    .filter(k -> k.name().equals(binding.called()))
                    .findFirst()
                    .orElseThrow();
            assertThat(binding.java().name()).isEqualTo(camel(kernel.name()));
            List<Parameter> expected = kernel.parameters().stream()
                    .map(p -> new Parameter(kind(p.type()), camel(p.name())))
                    .toList();
            assertThat(binding.java().parameters().stream()
                            .filter(p -> !p.name().startsWith("blocks"))
                            .toList())
                    .as(kernel.name())
                    .isEqualTo(expected);
            assertThat(binding.arguments().subList(3, binding.arguments().size()))
                    .as(kernel.name())
                    .isEqualTo(expected.stream().map(Parameter::name).toList());
        }
    }

    private static String kind(String cuda) {
        return cuda.endsWith("*") || cuda.equals("long long") ? "long" : cuda;
    }
}
