package dev.plimsoll.processes.libtorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.settings.SettingProblem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** On fake machines: what is taken, in which order, and what is said of what is not. */
class LibtorchSearchTest {

    private static final String VENV = "/v/site-packages";
    private static final String SYSTEM = "/usr/lib/python3/dist-packages";

    private final FakeMachine machine = new FakeMachine();

    private LibtorchChoice find(Map<String, String> environment, String device) {
        return new LibtorchSearch(machine, environment).find(Optional.empty(), device);
    }

    private LibtorchChoice told(String directory) {
        return new LibtorchSearch(machine, Map.of()).find(Optional.of(Path.of(directory)), "auto");
    }

    private static String directory(LibtorchChoice choice) {
        return choice.own().map(own -> own.directory().toString()).orElse("the build's");
    }

    /** All places hold one with CUDA; each line takes the first of them away. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PYTORCH_LIBRARY_PATH VIRTUAL_ENV CONDA_PREFIX | /named
            VIRTUAL_ENV CONDA_PREFIX                      | /v/site-packages/torch/lib
            CONDA_PREFIX                                  | /c/site-packages/torch/lib
            NONE                                          | /usr/lib/python3/dist-packages/torch/lib
            """)
    void thePlacesHaveAnOrder(String variables, String expected) {
        String conda = "/c/site-packages";
        machine.driver()
                .file("/named/libtorch.so", "")
                .torch(VENV, "2.11.0+cu128", "12.8")
                .torch(conda, "2.9.1", "12.6")
                .torch(SYSTEM, "2.7.1+cu128", "12.8")
                .file("/opt/libtorch/lib/libtorch.so", "")
                .file("/opt/libtorch/lib/libtorch_cuda.so", "")
                .interpreter("/venv/bin/python", "torch " + VENV + "/torch")
                .interpreter("/conda/bin/python", "torch " + conda + "/torch")
                .interpreter("python3", "torch " + SYSTEM + "/torch");
        Map<String, String> all = Map.of(
                "PYTORCH_LIBRARY_PATH", "/none:/named",
                "VIRTUAL_ENV", "/venv",
                "CONDA_PREFIX", "/conda",
                "NONE", "");
        Map<String, String> environment = new TreeMap<>();
        for (String name : variables.split(" ")) {
            environment.put(name, all.get(name));
        }

        assertThat(directory(find(environment, "auto"))).isEqualTo(expected);
    }

    @Test
    void oneThatIsUnpackedIsTakenWhereNoPythonHasOne() {
        machine.driver()
                .file("/home/me/libtorch/lib/libtorch.so", "")
                .file("/home/me/libtorch/lib/libtorch_cuda.so", "")
                .file("/home/me/libtorch/build-version", "2.8.0+cu126\n");

        Libtorch found = find(Map.of("HOME", "/home/me"), "auto").own().orElseThrow();

        assertThat(found.directory()).isEqualTo(Path.of("/home/me/libtorch/lib"));
        assertThat(found.version()).isEqualTo("2.8.0+cu126");
        assertThat(found.cuda()).isEqualTo("12.6");
    }

    @Test
    void withoutADriverOrOnACpuNothingIsSearchedFor() {
        machine.torch(SYSTEM, "2.11.0", "13.0")
                .interpreter("python3", "torch " + SYSTEM + "/torch");

        assertThat(find(Map.of(), "auto").notes())
                .containsExactly("there is no sign of NVIDIA's driver");
        assertThat(directory(find(Map.of(), "cpu"))).isEqualTo("the build's");
        assertThat(find(Map.of(), "cuda").hasCuda()).isTrue();
        machine.driver();
        assertThat(directory(find(Map.of(), "cpu"))).isEqualTo("the build's");
        assertThat(find(Map.of(), "auto").hasCuda()).isTrue();
    }

    @Test
    void oneForCpusOnlyOrTooOldIsPassedOverAndTold() {
        machine.driver()
                .torch(VENV, "2.13.0+cpu", null)
                .torch(SYSTEM, "2.4.1+cu121", "12.1")
                .interpreter("/venv/bin/python", "torch " + VENV + "/torch")
                .interpreter("python3", "torch " + SYSTEM + "/torch");

        LibtorchChoice choice = find(Map.of("VIRTUAL_ENV", "/venv"), "auto");

        assertThat(choice.own()).isEmpty();
        assertThat(choice.notes())
                .containsExactly(
                        "libtorch 2.13.0+cpu for CPUs only in " + VENV
                                + "/torch/lib, a package of the active virtual environment /venv, "
                                + "is only taken when --libtorch names it",
                        "libtorch 2.4.1+cu121 with CUDA 12.1 in " + SYSTEM
                                + "/torch/lib, a package of the Python of python3 on the PATH, "
                                + "is older than 2.7: install one in a virtual environment by pip "
                                + "install 'torch==2.11.*'");
        assertThat(told(VENV + "/torch").own().orElseThrow().hasCuda()).isFalse();
    }

    @Test
    void whereThereIsNoneItSaysWhereItLooked() {
        machine.driver();

        assertThat(find(Map.of("VIRTUAL_ENV", "/venv"), "auto").notes())
                .containsExactly(
                        "there is no package torch in the active virtual environment /venv",
                        "there is no package torch in the Python of python3 on the PATH");
    }

    @Test
    void aNewerOneThanWasTriedIsTakenWithAWord() {
        machine.torch(VENV, "2.12.0+cu130", "13.0");

        assertThat(told(VENV + "/torch/lib").hasCuda()).isTrue();
        assertThat(told(VENV + "/torch/lib").notes())
                .singleElement()
                .asString()
                .startsWith("versions after 2.11 were not tried with CUDA");
    }

    @Test
    void aWrongDirectoryIsASentence() {
        machine.torch(VENV, "2.4.0", "12.1");

        assertThatThrownBy(() -> told("/no/such"))
                .isInstanceOf(SettingProblem.class)
                .hasMessage("libtorch is '/no/such', and there is no libtorch.so in it or in its "
                        + "directory lib; give the directory of a libtorch, such as "
                        + "site-packages/torch/lib");
        assertThatThrownBy(() -> told(VENV + "/torch/lib"))
                .isInstanceOf(SettingProblem.class)
                .hasMessageContaining("version 2.4.0; the engine needs 2.7 or later");
        assertThatThrownBy(() -> find(Map.of("PYTORCH_LIBRARY_PATH", "/a:/b"), "cpu"))
                .isInstanceOf(SettingProblem.class)
                .hasMessageContaining("PYTORCH_LIBRARY_PATH is '/a:/b'");
    }

    @Test
    void packagesOfNvidiaAreFoundBesideAndWhereTheInterpreterHasThem() {
        machine.torch(VENV, "2.11.0", "13.0")
                .file(VENV + "/nvidia/cu13/lib/libcudart.so.13", "")
                .file("/other/nvidia/cudnn/lib/libcudnn.so.9", "")
                .file("/other/nvidia/README", "")
                .interpreter("python3", "torch " + VENV + "/torch", "nvidia /other/nvidia");

        assertThat(find(Map.of(), "cuda").own().orElseThrow().packages())
                .containsExactly(
                        Path.of("/other/nvidia/cudnn/lib"), Path.of(VENV + "/nvidia/cu13/lib"));
    }
}
