package dev.plimsoll.engine.script;

import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Every TorchScript class compiled in this process, once per source, for as long as the process
 * lives.
 *
 * <p>They are never deleted: a module holds its attribute "training", a boolean, and DJL's inlined
 * destructor takes libtorch 2.11's number for booleans for that of tuples, follows it as a pointer,
 * and ends the process (DECISIONS.md). There are two or three sources in all, so nothing grows.
 */
final class CompiledModules {

    private static final Map<String, PtSymbolBlock> BY_SOURCE = new HashMap<>();

    private CompiledModules() {}

    /**
     * Compiles the source unless it is known; a mistake in it is an exception that names the line.
     */
    static synchronized PtSymbolBlock get(String className, String source) {
        return BY_SOURCE.computeIfAbsent(source, text -> compile(className, text));
    }

    private static PtSymbolBlock compile(String className, String source) {
        PtNDManager manager =
                (PtNDManager) Engine.getEngine("PyTorch").newBaseManager(ai.djl.Device.cpu());
        byte[] archive = ScriptArchive.wrap(className, source);
        try {
            return JniUtils.loadModule(manager, new ByteArrayInputStream(archive), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException("an archive in memory cannot fail", e);
        }
    }
}
