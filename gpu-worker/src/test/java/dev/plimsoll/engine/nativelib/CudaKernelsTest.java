package dev.plimsoll.engine.nativelib;

import static dev.plimsoll.engine.script.SourceSignatures.camel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.script.SourceSignatures;
import dev.plimsoll.engine.script.SourceSignatures.Binding;
import dev.plimsoll.engine.script.SourceSignatures.Method;
import dev.plimsoll.engine.script.SourceSignatures.Parameter;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** Java's methods and the kernels of a source are the same: names, arguments and their kinds. */
class CudaKernelsTest {

    private static final String FILES = """
            kernels.cu,   nativelib/CudaKernels.java
            optimizer.cu, nativelib/OptimizerKernels.java
            """;

    @ParameterizedTest
    @CsvSource(textBlock = FILES)
    void every_kernel_has_one_method(String source, String file) {
        List<Binding> bindings = SourceSignatures.bindings(file);
        assertThat(bindings)
                .extracting(Binding::called)
                .isNotEmpty()
                .containsExactlyInAnyOrderElementsOf(SourceSignatures.cudaKernels(source).stream()
                        .map(Method::name)
                        .toList());
        assertThat(bindings).hasSize((int) SourceSignatures.namesIn(file, "launch"));
    }

    /** A call is launch(name, blocksX, blocksY, threads, the kernel's arguments). */
    @ParameterizedTest
    @CsvSource(textBlock = FILES)
    void arguments_agree_in_order_name_and_kind(String source, String file) {
        for (Binding binding : SourceSignatures.bindings(file)) {
            Method kernel = SourceSignatures.cudaKernels(source).stream()
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
