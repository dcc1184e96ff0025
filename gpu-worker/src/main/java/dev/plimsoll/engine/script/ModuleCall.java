package dev.plimsoll.engine.script;

import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;

/**
 * Calls a method of a TorchScript module without DJL's inference guard.
 *
 * <p>{@code IValueUtils.runMethod} wraps every call in c10::InferenceMode, whose inlined
 * constructor passes an AutogradState by value. That structure grew between libtorch 2.7 and 2.11,
 * so on 2.11 the call ends the process with a segmentation fault. The native method beneath it
 * takes a flag, "train", that leaves the guard out; it is not public. Gradient mode is switched off
 * for the thread instead, see {@link TorchScript#start}. See engine rule 2 and decision 0050.
 */
final class ModuleCall {

    private static final MethodHandle RUN_METHOD;
    private static final MethodHandle NEW_VALUE;

    static {
        try {
            MethodHandles.Lookup djl =
                    MethodHandles.privateLookupIn(IValueUtils.class, MethodHandles.lookup());
            Class<?> library = djl.findClass("ai.djl.pytorch.jni.PyTorchLibrary");
            Object instance = djl.findStaticGetter(library, "LIB", library).invoke();
            RUN_METHOD = djl.findVirtual(
                            library,
                            "moduleRunMethod",
                            MethodType.methodType(
                                    long.class,
                                    long.class,
                                    String.class,
                                    long[].class,
                                    boolean.class,
                                    boolean.class))
                    .bindTo(instance);
            NEW_VALUE = djl.findConstructor(
                    IValue.class, MethodType.methodType(void.class, long.class));
        } catch (Throwable e) {
            throw new ExceptionInInitializerError(new IllegalStateException(
                    "this version of DJL's PyTorch engine is not the one known here", e));
        }
    }

    private ModuleCall() {}

    /**
     * The caller closes the arguments and the result. Throws what DJL throws: EngineException with
     * PyTorch's text.
     */
    static IValue run(PtSymbolBlock block, String method, IValue[] arguments) {
        long[] handles = Arrays.stream(arguments).mapToLong(IValue::getHandle).toArray();
        try {
            long result = (long) RUN_METHOD.invokeExact(
                    block.getHandle().longValue(), method, handles, true, false);
            return (IValue) NEW_VALUE.invokeExact(result);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a native method threw a checked exception", e);
        }
    }
}
