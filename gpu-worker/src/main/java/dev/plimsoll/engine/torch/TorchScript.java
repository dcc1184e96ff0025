package dev.plimsoll.engine.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * One compiled TorchScript class on stock DJL. Belongs to the thread that loads it. Values go in and come out as
 * native handles in scopes; plain numbers, booleans and strings are passed as they are.
 */
public final class TorchScript implements AutoCloseable {

    private final PtNDManager manager;
    private final PtSymbolBlock block;
    private final TensorMemory memory;
    private int liveHandles;

    private TorchScript(PtNDManager manager, PtSymbolBlock block, TensorMemory memory) {
        this.manager = manager;
        this.block = block;
        this.memory = memory;
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
        Engine engine = Engine.getEngine("PyTorch");
        if (!engine.getEngineName().equals("PyTorch")) {
            throw new IllegalStateException("DJL gave engine " + engine.getEngineName() + " instead of PyTorch");
        }
        JniUtils.setGraphExecutorOptimize(false);
        JniUtils.setGradMode(false);
        if (threads > 0) {
            JniUtils.setNumThreads(threads);
        }
    }

    /** CUDA devices that libtorch can use; 0 on a CPU-only one. */
    public static int cudaDevices() {
        return Engine.getEngine("PyTorch").getGpuCount();
    }

    /** Compiles the source; a mistake in it is an exception that names the line. */
    public static TorchScript load(String className, String source) {
        PtNDManager manager = (PtNDManager) Engine.getEngine("PyTorch").newBaseManager(ai.djl.Device.cpu());
        try {
            byte[] archive = ScriptArchive.wrap(className, source);
            PtSymbolBlock block = JniUtils.loadModule(manager, new ByteArrayInputStream(archive), false, false);
            return new TorchScript(manager, block, new TensorMemory());
        } catch (IOException e) {
            manager.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    public Scope scope() {
        return new Scope(this);
    }

    /** Calls a method that returns one value. */
    public Value call(Scope into, String method, Object... arguments) {
        return into.adopt(run(method, arguments));
    }

    /** Calls a method that returns a tuple of values. */
    public List<Value> callTuple(Scope into, String method, Object... arguments) {
        try (IValue tuple = run(method, arguments)) {
            List<Value> values = new ArrayList<>();
            for (IValue element : tuple.toIValueTuple()) {
                values.add(into.adopt(element));
            }
            return values;
        }
    }

    /** Calls a method that is wanted for its effect on its arguments. */
    public void callVoid(String method, Object... arguments) {
        run(method, arguments).close();
    }

    /** Calls a method that returns a number. */
    public double callDouble(String method, Object... arguments) {
        try (IValue result = run(method, arguments)) {
            return result.toDouble();
        }
    }

    /** Calls a method that returns a tuple of numbers. */
    public double[] callDoubles(String method, Object... arguments) {
        try (IValue tuple = run(method, arguments)) {
            IValue[] elements = tuple.toIValueTuple();
            double[] numbers = new double[elements.length];
            for (int i = 0; i < elements.length; i++) {
                try (IValue element = elements[i]) {
                    numbers[i] = element.toDouble();
                }
            }
            return numbers;
        }
    }

    /** Lets an action see the bytes of a contiguous CPU tensor; they must not be kept. */
    public void withBytes(Value tensor, long byteSize, BytesAction action) {
        try (PtNDArray array = tensor.handle().toTensor(manager)) {
            action.accept(memory.of(array.getHandle(), byteSize));
        }
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
        block.close();
        manager.close();
    }

    void counted(int change) {
        liveHandles += change;
    }

    private IValue run(String method, Object[] arguments) {
        IValue[] handles = new IValue[arguments.length];
        List<IValue> temporary = new ArrayList<>();
        try {
            for (int i = 0; i < arguments.length; i++) {
                if (arguments[i] instanceof Value value) {
                    handles[i] = value.handle();
                } else {
                    handles[i] = plain(arguments[i]);
                    temporary.add(handles[i]);
                }
            }
            return ModuleCall.run(block, method, handles);
        } finally {
            temporary.forEach(IValue::close);
        }
    }

    private static IValue plain(Object argument) {
        return switch (argument) {
            case Integer number -> IValue.from(number.longValue());
            case Long number -> IValue.from(number.longValue());
            case Double number -> IValue.from(number.doubleValue());
            case Boolean flag -> IValue.from(flag.booleanValue());
            case String text -> IValue.from(text);
            default ->
                throw new IllegalArgumentException(
                        "a " + argument.getClass().getSimpleName() + " cannot be passed to TorchScript");
        };
    }
}
