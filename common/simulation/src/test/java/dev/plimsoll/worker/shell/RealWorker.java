package dev.plimsoll.worker.shell;

import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/** A worker with its engine, in the test's own process. */
public final class RealWorker implements AutoCloseable {

    private final WorkerProcess process;

    /** Returns once its engine is open; then it joins. */
    public RealWorker(String bootstrap, String prefix, String workerId, Path model) {
        Properties properties = new Properties();
        properties.putAll(Map.of(
                "plimsoll.bootstrap",
                bootstrap,
                "plimsoll.prefix",
                prefix,
                "plimsoll.worker-id",
                workerId,
                "plimsoll.device",
                "cpu",
                "plimsoll.threads",
                "1",
                "plimsoll.model",
                model.toString()));
        process =
                StartedWorker.prepare(WorkerSettings.read(properties, Map.of())).start();
    }

    /** Without a word, as a killed process would. */
    @Override
    public void close() {
        process.close();
    }
}
