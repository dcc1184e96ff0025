package dev.plimsoll.engine.nativelib;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The bytes of a contiguous CPU tensor as a memory segment, by libtorch's C shim. DJL's own ways in
 * and out inline the tensor's layout of libtorch 2.7.1 and fail on later ones; this one is a stable
 * interface.
 */
@SuppressWarnings(
        "restricted") // the foreign-function API is how bytes reach libtorch, cudart and NVML
public final class TensorMemory {

    private final MethodHandle dataPtr;

    public TensorMemory() {
        Path library = LoadedLibraries.find("libtorch_cpu.so")
                .orElseThrow(() -> new IllegalStateException(
                        "libtorch_cpu.so is not loaded in this process; only Linux is supported"));
        MemorySegment symbol = SymbolLookup.libraryLookup(library, Arena.global())
                .find("aoti_torch_get_data_ptr")
                .orElseThrow(() -> new IllegalStateException(library
                        + " does not export aoti_torch_get_data_ptr; use libtorch 2.7.1 or later"));
        // int aoti_torch_get_data_ptr(AtenTensorHandle tensor, void** address)
        dataPtr = Linker.nativeLinker()
                .downcallHandle(
                        symbol,
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
    }

    /** Valid only while the tensor lives. */
    public MemorySegment of(long tensorHandle, long byteSize) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(ValueLayout.ADDRESS);
            int error = (int) dataPtr.invokeExact(tensorHandle, address);
            if (error != 0) {
                throw new IllegalStateException(
                        "aoti_torch_get_data_ptr failed with code " + error);
            }
            AddressLayout layout = ValueLayout.ADDRESS;
            return address.get(layout, 0).reinterpret(byteSize);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("aoti_torch_get_data_ptr cannot be called", e);
        }
    }
}
