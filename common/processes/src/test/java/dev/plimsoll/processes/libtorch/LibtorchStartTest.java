package dev.plimsoll.processes.libtorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.settings.SettingProblem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

class LibtorchStartTest {

    private static final String PACKAGES = "/venv/lib/python3.12/site-packages";
    private static final Path TORCH = Path.of(PACKAGES + "/torch/lib");
    private static final NativeHalf HALF =
            new NativeHalf("2.7.1", new TreeSet<>(List.of("cpu", "cu128")));

    @TempDir
    private Path directory;

    private final FakeMachine machine = new FakeMachine()
            .file(PACKAGES + "/nvidia/cu13/lib/libcudart.so.13", "")
            .file(PACKAGES + "/nvidia/cu13/lib/libnvrtc-builtins.so.13.0", "")
            .file(PACKAGES + "/nvidia/cu13/lib/libnvrtc.alt.so.13", "")
            .file(PACKAGES + "/nvidia/cu13/lib/libnvrtc.so.13", "")
            .file(PACKAGES + "/nvidia/cuda_nvrtc/lib/libnvrtc.so.12", "")
            .file(PACKAGES + "/nvidia/cuda_runtime/lib/libcudart.so.12", "");

    private static Libtorch withCuda(String cuda) {
        return new Libtorch(
                TORCH,
                "2.11.0",
                cuda,
                "named",
                List.of(
                        Path.of(PACKAGES + "/nvidia/cu13/lib"),
                        Path.of(PACKAGES + "/nvidia/cuda_nvrtc/lib"),
                        Path.of(PACKAGES + "/nvidia/cuda_runtime/lib")));
    }

    private LibtorchStart start(Libtorch libtorch, Map<String, String> environment) {
        return LibtorchStart.of(libtorch, HALF, machine, environment);
    }

    @Test
    void oneWithCudaGetsDjlsHalfTheAllocatorAndTheLibrariesOfItsVersion() {
        LibtorchStart start = start(withCuda("13.0"), Map.of());

        assertThat(start.variables())
                .containsEntry("PYTORCH_LIBRARY_PATH", TORCH.toString())
                .containsEntry("PYTORCH_VERSION", "2.7.1")
                .containsEntry("PYTORCH_FLAVOR", "cu128")
                .containsEntry("PYTORCH_CUDA_ALLOC_CONF", "backend:cudaMallocAsync")
                .containsEntry("CUDART", PACKAGES + "/nvidia/cu13/lib/libcudart.so.13")
                .containsEntry(
                        "LD_LIBRARY_PATH",
                        PACKAGES + "/nvidia/cu13/lib:" + PACKAGES + "/nvidia/cuda_nvrtc/lib:"
                                + PACKAGES + "/nvidia/cuda_runtime/lib");
        assertThat(start.variables().get("PYTORCH_LIBRARY_EXCLUSION"))
                .contains("libtorchbind_test.so");
        assertThat(start.options())
                .containsExactly(
                        "-Dplimsoll.nvrtc=" + PACKAGES + "/nvidia/cu13/lib/libnvrtc.so.13");
        assertThat(start(withCuda("12.8"), Map.of()).variables())
                .containsEntry("CUDART", PACKAGES + "/nvidia/cuda_runtime/lib/libcudart.so.12");
        assertThat(start(withCuda("12.8"), Map.of()).options())
                .containsExactly(
                        "-Dplimsoll.nvrtc=" + PACKAGES + "/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
    }

    @Test
    void anArchiveBringsLibrariesWithAHashInTheirNames() {
        machine.file("/opt/libtorch/lib/libcudart-218eec4c.so.12", "")
                .file("/opt/libtorch/lib/libnvrtc-08c4863f.so.12", "")
                .file("/opt/libtorch/lib/libnvrtc-builtins.so.12.8", "");
        Libtorch libtorch = new Libtorch(
                Path.of("/opt/libtorch/lib"), "2.7.1+cu128", "12.8", "unpacked", List.of());

        LibtorchStart start = start(libtorch, Map.of());

        assertThat(start.variables())
                .containsEntry("CUDART", "/opt/libtorch/lib/libcudart-218eec4c.so.12")
                .doesNotContainKey("LD_LIBRARY_PATH");
        assertThat(start.options())
                .containsExactly("-Dplimsoll.nvrtc=/opt/libtorch/lib/libnvrtc-08c4863f.so.12");
    }

    @Test
    void whatTheUserHasSetStays() {
        Map<String, String> environment = Map.of(
                "PYTORCH_LIBRARY_PATH", "/elsewhere",
                "PYTORCH_FLAVOR", "cu124",
                "PYTORCH_ALLOC_CONF", "backend:cudaMallocAsync,max_split_size_mb:64",
                "CUDART", "/mine/libcudart.so",
                "LD_LIBRARY_PATH", "/mine");

        assertThat(start(withCuda("13.0"), environment).variables())
                .containsEntry("PYTORCH_LIBRARY_PATH", TORCH.toString())
                .doesNotContainKeys(
                        "PYTORCH_FLAVOR", "PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF", "CUDART")
                .extractingByKey("LD_LIBRARY_PATH")
                .asString()
                .startsWith("/mine:" + PACKAGES);
    }

    /** Of another allocator nobody knows what tensors need, and the worker counts it as others. */
    @Test
    void anotherAllocatorIsReplacedByName() {
        Map<String, String> environment = Map.of("PYTORCH_ALLOC_CONF", "expandable_segments:True");

        LibtorchStart start = start(withCuda("13.0"), environment);

        assertThat(start.variables())
                .containsEntry("PYTORCH_ALLOC_CONF", "backend:cudaMallocAsync")
                .doesNotContainKey("PYTORCH_CUDA_ALLOC_CONF");
        assertThat(start.replaced()).containsExactly("PYTORCH_ALLOC_CONF=expandable_segments:True");
        assertThat(start(
                                withCuda("13.0"),
                                Map.of("PYTORCH_CUDA_ALLOC_CONF", "max_split_size_mb:64"))
                        .variables())
                .containsEntry("PYTORCH_CUDA_ALLOC_CONF", "backend:cudaMallocAsync");
    }

    @Test
    void oneForCpusGetsNothingOfCuda() {
        Libtorch libtorch = new Libtorch(TORCH, "2.13.0+cpu", "", "named", List.of());

        assertThat(start(libtorch, Map.of()).variables())
                .containsEntry("PYTORCH_FLAVOR", "cpu")
                .containsOnlyKeys(
                        "PYTORCH_LIBRARY_PATH",
                        "PYTORCH_VERSION",
                        "PYTORCH_FLAVOR",
                        "PYTORCH_LIBRARY_EXCLUSION");
        assertThat(start(libtorch, Map.of()).options()).isEmpty();
    }

    @Test
    void djlsHalfIsReadFromItsJar() throws IOException {
        Path jar = directory.resolve("pytorch-jni.jar");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            for (String name : List.of(
                    "linux-x86_64/cpu/libdjl_torch.so",
                    "linux-x86_64/cu128/libdjl_torch.so",
                    "linux-aarch64/cpu/libdjl_torch.so",
                    "win-x86_64/cu118/djl_torch.dll")) {
                zip.putNextEntry(new ZipEntry("jnilib/" + name));
            }
            zip.putNextEntry(new ZipEntry("jnilib/pytorch.properties"));
            zip.write("jni_version=2.7.1-0.36.0".getBytes());
        }

        assertThat(NativeHalf.read(jar, "amd64")).isEqualTo(HALF);
        NativeHalf arm = NativeHalf.read(jar, "aarch64");
        assertThat(arm.flavors()).containsExactly("cpu");
        assertThatThrownBy(() -> LibtorchStart.of(withCuda("13.0"), arm, machine, Map.of()))
                .isInstanceOf(SettingProblem.class)
                .hasMessageContaining("on this architecture");
    }
}
