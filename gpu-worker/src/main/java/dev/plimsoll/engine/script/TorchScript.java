package dev.plimsoll.engine.script;

import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;

import dev.plimsoll.engine.nativelib.TensorMemory;
import dev.plimsoll.model.files.LibraryCache;
import dev.plimsoll.model.hf.ModelException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * One compiled TorchScript class on stock DJL; a subclass has one Java method for each of its
 * methods, and only this package calls them by name. Belongs to the thread that loads it. Tensors
 * and lists of tensors go in and come out as native handles in scopes, ints and floats as they are.
 * Several results come as one list, whose elements are taken by the script's own method element:
 * nothing else means the same in libtorch 2.7.1 and 2.11 (decision 0049).
 */
public abstract class TorchScript implements AutoCloseable {

    private final PtNDManager manager;
    private final PtSymbolBlock block;
    private final TensorMemory memory;
    private int liveHandles;
    private boolean addressesAreSure;

    /**
     * Compiles the source unless this process has done so; a mistake in it is an exception that
     * names the line.
     */
    TorchScript(String className, String source) {
        block = CompiledModules.get(className, source);
        manager = (PtNDManager) Engine.getEngine("PyTorch").newBaseManager(ai.djl.Device.cpu());
        memory = new TensorMemory();
    }

    /**
     * Starts PyTorch in this process if it is not there yet, and prepares the calling thread.
     *
     * @param threads CPU threads for the maths, or 0 to leave the choice to the library
     */
    public static void start(int threads) {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        if (threads > 0) {
            System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        }
        Engine engine = loaded();
        if (!engine.getEngineName().equals("PyTorch")) {
            throw new IllegalStateException(
                    "DJL gave engine " + engine.getEngineName() + " instead of PyTorch");
        }
        JniUtils.setGraphExecutorOptimize(false);
        JniUtils.setGradMode(false);
        if (threads > 0) {
            JniUtils.setNumThreads(threads);
        }
    }

    /** A libtorch that somebody chose may be another than DJL's native library needs. */
    private static Engine loaded() {
        String chosen = System.getenv("PYTORCH_LIBRARY_PATH");
        try {
            return Engine.getEngine("PyTorch");
        } catch (RuntimeException | LinkageError e) {
            LibraryCache.problem(e).ifPresent(problem -> {
                throw new ModelException(problem, e);
            });
            if (chosen == null) {
                throw e;
            }
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new ModelException(
                    "the libtorch in " + chosen + " cannot be loaded with DJL's native library: "
                            + cause.getMessage()
                            + "; take a torch from 2.7 to 2.11, for a CUDA that the driver knows",
                    e);
        }
    }

    public Scope scope() {
        return new Scope(this);
    }

    /** Calls a method that returns a tensor. */
    Tensor tensor(Scope into, String method, Object... arguments) {
        return into.tensor(called(method, arguments));
    }

    /** Calls a method that returns a list of tensors. */
    TensorList list(Scope into, String method, Object... arguments) {
        return into.list(called(method, arguments));
    }

    /** Calls a method that is wanted for its effect on its arguments. */
    void run(String method, Object... arguments) {
        called(method, arguments).close();
    }

    /** Calls a method that returns a number. */
    double number(String method, Object... arguments) {
        try (IValue result = called(method, arguments)) {
            return result.toDouble();
        }
    }

    /** Lets an action see the bytes of a contiguous CPU tensor; they must not be kept. */
    public void withBytes(Tensor tensor, long byteSize, BytesAction action) {
        try (PtNDArray array = tensor.handle().toTensor(manager)) {
            action.accept(memory.of(array.getHandle(), byteSize));
        }
    }

    /** Where a tensor's data begin, in the memory of its device; valid while the tensor lives. */
    public long address(Tensor tensor) {
        if (tensor.knownAddress() == 0) {
            tensor.learnAddress(address(tensor.handle()));
        }
        return tensor.knownAddress();
    }

    /**
     * libtorch's value begins with the tensor that it is, in 2.7.1 and in 2.11, so its address
     * serves as the tensor's. The first time that is compared with the way over DJL, which costs
     * ten times as much.
     */
    private long address(IValue handle) {
        long found = memory.of(handle.getHandle(), 0).address();
        if (!addressesAreSure) {
            try (PtNDArray array = handle.toTensor(manager)) {
                if (found != memory.of(array.getHandle(), 0).address()) {
                    throw new IllegalStateException("this libtorch's values do not begin with "
                            + "their tensor; take a torch from 2.7 to 2.11");
                }
            }
            addressesAreSure = true;
        }
        return found;
    }

    /** What is done with a tensor's bytes. */
    @FunctionalInterface
    public interface BytesAction {
        void accept(MemorySegment bytes);
    }

    public int liveHandles() {
        return liveHandles;
    }

    @Override
    public void close() {
        manager.close();
    }

    void counted(int change) {
        liveHandles += change;
    }

    private static IValue value(Number number, List<IValue> temporary) {
        IValue kept = NumberValues.kept(number);
        if (kept != null) {
            return kept;
        }
        IValue made = NumberValues.made(number);
        temporary.add(made);
        return made;
    }

    private IValue called(String method, Object[] arguments) {
        IValue[] handles = new IValue[arguments.length];
        List<IValue> temporary = new ArrayList<>();
        try {
            for (int i = 0; i < arguments.length; i++) {
                switch (arguments[i]) {
                    case NativeValue value -> handles[i] = value.handle();
                    case Number number -> handles[i] = value(number, temporary);
                    default -> throw NumberValues.refused(arguments[i]);
                }
            }
            return ModuleCall.run(block, method, handles);
        } finally {
            temporary.forEach(IValue::close);
        }
    }
}
