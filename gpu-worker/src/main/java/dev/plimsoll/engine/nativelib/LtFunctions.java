package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * cuBLASLt's functions by name. Arguments are MemorySegment, Integer and Long, as in its header.
 */
final class LtFunctions {

    private final ForeignLibrary library;
    private final Map<String, MethodHandle> known = new HashMap<>();

    LtFunctions(ForeignLibrary library) {
        this.library = library;
    }

    /** Fails with an IllegalStateException that names the function where it does. */
    void call(String name, Object... arguments) {
        ForeignLibrary.check(name, function(name, arguments), arguments);
    }

    /** The library's own code, 0 for success. */
    int status(String name, Object... arguments) {
        return ForeignLibrary.status(name, function(name, arguments), arguments);
    }

    /** Calls a function that writes an opaque pointer to its first argument. */
    MemorySegment made(String name, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
            Object[] all = new Object[arguments.length + 1];
            all[0] = holder;
            System.arraycopy(arguments, 0, all, 1, arguments.length);
            call(name, all);
            return holder.get(ValueLayout.ADDRESS, 0);
        }
    }

    void set(String name, MemorySegment of, int attribute, int value) {
        try (Arena arena = Arena.ofConfined()) {
            setBytes(name, of, attribute, arena.allocateFrom(ValueLayout.JAVA_INT, value));
        }
    }

    void setBytes(String name, MemorySegment of, int attribute, MemorySegment value) {
        call(name, of, attribute, value, value.byteSize());
    }

    private MethodHandle function(String name, Object... arguments) {
        return known.computeIfAbsent(
                name,
                n -> library.function(
                        n,
                        Arrays.stream(arguments)
                                .map(LtFunctions::layout)
                                .toArray(MemoryLayout[]::new)));
    }

    private static MemoryLayout layout(Object argument) {
        return switch (argument) {
            case MemorySegment address -> ValueLayout.ADDRESS;
            case Integer number -> ValueLayout.JAVA_INT;
            case Long number -> ValueLayout.JAVA_LONG;
            default ->
                throw new IllegalArgumentException(
                        "cuBLASLt takes no " + argument.getClass().getSimpleName());
        };
    }
}
