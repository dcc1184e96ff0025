package dev.plimsoll.engine.script;

import static dev.plimsoll.engine.script.SourceSignatures.camel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.script.SourceSignatures.Binding;
import dev.plimsoll.engine.script.SourceSignatures.Method;
import dev.plimsoll.engine.script.SourceSignatures.Parameter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Java's methods and TorchScript's are the same: names, arguments, their kinds, results. */
class ScriptBorderTest {

    private static final List<String> LLAMA = List.of(
            "script/LlamaScript.java",
            "script/KernelScript.java",
            "script/LinearScript.java",
            "script/AttentionScript.java");

    @Test
    void llama_has_the_same_methods_on_both_sides() {
        requireSame(
                SourceSignatures.pythonMethods("llama.py"),
                LLAMA.stream()
                        .flatMap(f -> SourceSignatures.bindings(f).stream())
                        .toList());
    }

    @Test
    void quantize_has_the_same_methods_on_both_sides() {
        requireSame(
                SourceSignatures.pythonMethods("quantize.py"),
                SourceSignatures.bindings("script/QuantizeScript.java"));
    }

    @Test
    void decode_has_the_same_methods_on_both_sides() {
        requireSame(
                SourceSignatures.pythonMethods("decode.py"),
                SourceSignatures.bindings("script/DecodeScript.java"));
    }

    /** Otherwise a call would be missed by the comparison. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "LlamaScript",
                "KernelScript",
                "LinearScript",
                "AttentionScript",
                "QuantizeScript",
                "DecodeScript"
            })
    void every_call_by_name_is_a_method_of_its_own(String script) {
        String file = "script/" + script + ".java";
        assertThat(SourceSignatures.bindings(file)).isNotEmpty().hasSize((int)
                SourceSignatures.namesIn(file, "tensor|list|run|number"));
    }

    @Test
    void every_way_to_compute_attention_defines_the_same_two_functions() {
        List<Method> yardstick = attention("attention_composed.py");
        assertThat(yardstick).hasSize(2);
        for (String source : List.of(
                "attention_cpu_flash.py",
                "attention_cuda_dense.py",
                "attention_cuda_flash_end.py")) {
            assertThat(attention(source)).as(source).isEqualTo(yardstick);
        }
    }

    /** As in Java, where the formatter sees to it. */
    @Test
    void no_line_of_the_sources_is_longer_than_100_columns() {
        assertThat(SourceSignatures.linesLongerThan(100)).isEmpty();
    }

    private static List<Method> attention(String source) {
        return SourceSignatures.pythonFunctions(source).stream()
                .filter(f -> f.name().equals("attention") || f.name().equals("attention_vjp"))
                .toList();
    }

    /** The comparison must see a difference of each kind. */
    @Test
    void differences_are_found() {
        Method python = new Method(
                "put_rows",
                List.of(new Parameter("Tensor", "target"), new Parameter("int", "row_count")),
                "Tensor");
        Binding good = binding("void", "run", "Tensor target, int rowCount");
        assertThat(differences(List.of(python), List.of(good))).isEmpty();
        assertThat(differences(List.of(python), List.of())).hasSize(1);
        assertThat(differences(List.of(), List.of(good))).hasSize(1);
        for (Binding bad : List.of(
                binding("void", "run", "Tensor target"),
                binding("void", "run", "TensorList target, int rowCount"),
                binding("void", "run", "Tensor target, double rowCount"),
                binding("void", "run", "int rowCount, Tensor target"),
                binding("void", "run", "Tensor x, int rowCount"),
                binding("TensorList", "list", "Scope into, Tensor target, int rowCount"),
                binding("double", "number", "Tensor target, int rowCount"))) {
            assertThat(differences(List.of(python), List.of(bad))).as("" + bad).hasSize(1);
        }
    }

    private static Binding binding(String result, String caller, String parameters) {
        List<Parameter> typed = Stream.of(parameters.split(", "))
                .map(p -> new Parameter(p.split(" ")[0], p.split(" ")[1]))
                .toList();
        List<String> arguments = typed.stream()
                .map(Parameter::name)
                .filter(name -> !name.equals("into"))
                .toList();
        return new Binding(new Method("putRows", typed, result), caller, "put_rows", arguments);
    }

    private static void requireSame(List<Method> python, List<Binding> java) {
        assertThat(python).isNotEmpty();
        assertThat(differences(python, java)).isEmpty();
    }

    private static List<String> differences(List<Method> python, List<Binding> java) {
        List<String> differences = new ArrayList<>();
        for (Method method : python) {
            if (java.stream().noneMatch(b -> b.called().equals(method.name()))) {
                differences.add("no Java method calls " + method.name());
            }
        }
        for (Binding binding : java) {
            if (python.stream().noneMatch(method -> agree(method, binding))) {
                differences.add(binding + " is no method of the script");
            }
        }
        return differences;
    }

    private static boolean agree(Method python, Binding binding) {
        List<Parameter> given = binding.java().parameters().stream()
                .filter(p -> !p.type().equals("Scope"))
                .toList();
        if (!python.name().equals(binding.called())
                || !camel(python.name()).equals(binding.java().name())
                || !binding.arguments()
                        .equals(given.stream().map(Parameter::name).toList())
                || given.size() != python.parameters().size()
                || !result(python, binding)) {
            return false;
        }
        for (int i = 0; i < given.size(); i++) {
            Parameter here = given.get(i);
            Parameter there = python.parameters().get(i);
            if (!here.name().equals(camel(there.name()))
                    || !kinds(there.type()).contains(here.type())) {
                return false;
            }
        }
        return true;
    }

    /** A tensor that is returned may be left alone by a method that is wanted for its effect. */
    private static boolean result(Method python, Binding binding) {
        String caller = binding.caller();
        return switch (binding.java().result()) {
            case "void" -> caller.equals("run") && python.result().equals("Tensor");
            case "Tensor" -> caller.equals("tensor") && python.result().equals("Tensor");
            case "TensorList" -> caller.equals("list") && python.result().equals("List[Tensor]");
            case "double" -> caller.equals("number") && python.result().equals("float");
            default -> false;
        };
    }

    private static List<String> kinds(String python) {
        return switch (python) {
            case "Tensor" -> List.of("Tensor");
            case "List[Tensor]" -> List.of("TensorList");
            case "int" -> List.of("int", "long");
            case "float" -> List.of("double");
            default -> List.of();
        };
    }
}
