package dev.plimsoll.engine.nativelib;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** NVIDIA's run-time compiler: CUDA source to machine code for one architecture. */
@SuppressWarnings("restricted") // calling C is its purpose
final class Nvrtc {

    private final ForeignLibrary library;

    private Nvrtc(ForeignLibrary library) {
        this.library = library;
    }

    /**
     * The library of -Dplimsoll.nvrtc, that which the process has loaded, or the one beside its
     * libcudart.
     */
    static Optional<Nvrtc> open() {
        String given = System.getProperty("plimsoll.nvrtc", "");
        Optional<String> file = given.isBlank() ? found() : Optional.of(given);
        return file.or(() -> Optional.of("libnvrtc.so"))
                .flatMap(ForeignLibrary::open)
                .map(Nvrtc::new);
    }

    private static Optional<String> found() {
        return LoadedLibraries.find("libnvrtc.so")
                .or(() -> LoadedLibraries.find("libnvrtc-"))
                .or(() -> LoadedLibraries.find("libcudart").flatMap(Nvrtc::beside))
                .map(Path::toString);
    }

    private static Optional<Path> beside(Path cudart) {
        try (Stream<Path> files = Files.list(cudart.getParent())) {
            return files.filter(f -> f.getFileName().toString().matches("libnvrtc[-.].*so.*"))
                    .filter(f -> !f.getFileName().toString().contains("builtins"))
                    .sorted()
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * @param architecture such as sm_90. A mistake in the source is an exception with the
     *     compiler's words.
     */
    byte[] compile(String source, String architecture) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = create(arena, source);
            MemorySegment options = arena.allocate(ValueLayout.ADDRESS, 2);
            options.setAtIndex(
                    ValueLayout.ADDRESS,
                    0,
                    arena.allocateFrom("--gpu-architecture=" + architecture));
            options.setAtIndex(ValueLayout.ADDRESS, 1, arena.allocateFrom("--std=c++17"));
            MethodHandle compile = library.function(
                    "nvrtcCompileProgram",
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS);
            try {
                ForeignLibrary.check("nvrtcCompileProgram", compile, program, 2, options);
            } catch (IllegalStateException e) {
                throw new IllegalStateException(
                        new String(bytes(arena, program, "nvrtcGetProgramLog")).strip(), e);
            }
            byte[] code = bytes(arena, program, "nvrtcGetCUBIN");
            MemorySegment holder = arena.allocateFrom(ValueLayout.ADDRESS, program);
            ForeignLibrary.check(
                    "nvrtcDestroyProgram",
                    library.function("nvrtcDestroyProgram", ValueLayout.ADDRESS),
                    holder);
            return code;
        }
    }

    private MemorySegment create(Arena arena, String source) {
        MethodHandle create = library.function(
                "nvrtcCreateProgram",
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS);
        MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
        ForeignLibrary.check(
                "nvrtcCreateProgram",
                create,
                holder,
                arena.allocateFrom(source),
                arena.allocateFrom("kernels.cu"),
                0,
                MemorySegment.NULL,
                MemorySegment.NULL);
        return holder.get(ValueLayout.ADDRESS, 0);
    }

    /** What a pair of functions NAMESize and NAME gives: size, then content. */
    private byte[] bytes(Arena arena, MemorySegment program, String name) {
        MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
        ForeignLibrary.check(
                name + "Size",
                library.function(name + "Size", ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                program,
                size);
        MemorySegment content = arena.allocate(Math.max(1, size.get(ValueLayout.JAVA_LONG, 0)));
        ForeignLibrary.check(
                name,
                library.function(name, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                program,
                content);
        return content.toArray(ValueLayout.JAVA_BYTE);
    }
}
