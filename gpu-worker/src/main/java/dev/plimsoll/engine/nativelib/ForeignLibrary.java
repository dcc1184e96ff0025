package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** A C library whose functions return an int that is 0 for success. */
@SuppressWarnings("restricted") // calling C is its purpose
final class ForeignLibrary {

    private final String name;
    private final SymbolLookup symbols;

    private ForeignLibrary(String name, SymbolLookup symbols) {
        this.name = name;
        this.symbols = symbols;
    }

    /** @param name a file, or a name for the system's search */
    static Optional<ForeignLibrary> open(String name) {
        try {
            return Optional.of(
                    new ForeignLibrary(name, SymbolLookup.libraryLookup(name, Arena.global())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** What every C program has. */
    static ForeignLibrary standard() {
        return new ForeignLibrary("the C library", Linker.nativeLinker().defaultLookup());
    }

    MethodHandle function(String symbol, MemoryLayout... arguments) {
        return handle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    /** A function without a result. */
    MethodHandle procedure(String symbol, MemoryLayout... arguments) {
        return handle(symbol, FunctionDescriptor.ofVoid(arguments));
    }

    private MethodHandle handle(String symbol, FunctionDescriptor descriptor) {
        return Linker.nativeLinker()
                .downcallHandle(
                        symbols.find(symbol)
                                .orElseThrow(() -> new IllegalStateException(
                                        name + " has no function " + symbol)),
                        descriptor);
    }

    /** Calls and fails on any result but 0. */
    static void check(String what, MethodHandle function, Object... arguments) {
        int error = status(what, function, arguments);
        if (error != 0) {
            throw new IllegalStateException(what + " failed with code " + error);
        }
    }

    /** Calls, and returns the result. */
    static int status(String what, MethodHandle function, Object... arguments) {
        return (int) call(what, function, arguments);
    }

    /** Calls, and returns the result; null of a procedure. */
    static Object call(String what, MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(what + " cannot be called", e);
        }
    }
}
