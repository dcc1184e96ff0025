package dev.plimsoll.cli;

import dev.plimsoll.embedded.EmbeddedBrokerMain;
import dev.plimsoll.processes.AotCache;
import dev.plimsoll.processes.HeapOptions;
import dev.plimsoll.processes.ParentWatch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The command lines of the processes that this one starts. */
public final class Programs {

    private static final String QUARKUS_MAIN = "io.quarkus.bootstrap.runner.QuarkusEntryPoint";

    private static final int BROKER_MEBIBYTES = 128;

    private static final String SEPARATOR = System.getProperty("path.separator");

    private Programs() {}

    /**
     * @param host where it listens and what it tells its clients
     * @param port 0 for a free one
     */
    public static List<String> broker(Path directory, String host, int port) {
        return broker(directory, host, port, BROKER_MEBIBYTES);
    }

    /**
     * The same.
     *
     * @param heapMebibytes the most that its heap may grow to
     */
    public static List<String> broker(Path directory, String host, int port, int heapMebibytes) {
        return List.of(
                Installation.java(),
                "-Xmx" + heapMebibytes + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-cp",
                Installation.ownClassPath(),
                EmbeddedBrokerMain.class.getName(),
                "--dir",
                directory.toString(),
                "--host",
                host,
                "--port",
                Integer.toString(port));
    }

    /**
     * @param properties without their prefix, e.g. samples-per-step; names with a dot are passed as
     *     they are. The model and the LoRA settings among them decide how large the heap may grow.
     */
    public static List<String> coordinator(Map<String, String> properties) {
        List<String> jvm = new ArrayList<>(HeapOptions.compilerOfCoordinator(properties));
        jvm.add(HeapOptions.ofCoordinator(properties));
        List<String> command = quarkusJvm(jvm, properties);
        command.add("-cp");
        command.add(Installation.runner("coordinator") + SEPARATOR + Installation.parentWatch());
        command.add(ParentWatch.class.getName());
        command.add(QUARKUS_MAIN);
        return command;
    }

    public static List<String> worker(Map<String, String> properties) {
        return worker(properties, AotCache::use);
    }

    /**
     * A worker whose start is remembered for those that come after it, when it has ended by itself.
     */
    public static List<String> recordedWorker(Map<String, String> properties) {
        return worker(properties, AotCache::record);
    }

    /**
     * The same program, which Ctrl-C does not end: a terminal sends it to every process in front,
     * and who started them decides what becomes of them. A JVM leaves a signal alone that was
     * ignored when it began.
     */
    public static List<String> deafToInterrupt(List<String> command) {
        List<String> deaf =
                new ArrayList<>(List.of("sh", "-c", "trap '' INT; exec \"$@\"", "plimsoll"));
        deaf.addAll(command);
        return deaf;
    }

    /** The same program with a variable more in its environment. */
    public static List<String> with(String variable, String value, List<String> command) {
        List<String> set = new ArrayList<>(List.of("env", variable + "=" + value));
        set.addAll(command);
        return set;
    }

    /**
     * On one class path: what lies behind Quarkus's own class loader is out of the ahead-of-time
     * cache's reach.
     */
    private static List<String> worker(
            Map<String, String> properties, Function<AotCache, List<String>> cache) {
        String classPath = Installation.quarkusClassPath("gpu-worker")
                + SEPARATOR
                + Installation.parentWatch();
        List<String> jvm = new ArrayList<>(cache.apply(
                AotCache.of(Installation.runner("gpu-worker").getParent(), "worker", classPath)));
        jvm.addAll(HeapOptions.compilerOfWorker(properties));
        jvm.addAll(HeapOptions.ofWorker(properties));
        EngineStart start = EngineStart.ofWorker(properties);
        jvm.addAll(start.options());
        List<String> command =
                new ArrayList<>(start.withFewArenas(System.getenv()).prefix());
        command.addAll(quarkusJvm(jvm, properties));
        command.addAll(List.of(
                "-cp",
                classPath,
                ParentWatch.class.getName(),
                "dev.plimsoll.worker.shell.WorkerMain"));
        return command;
    }

    /**
     * Loss of a model, with or without an adapter, over tokenized sequences; one line of JSON on
     * standard output.
     *
     * @param worker the settings of the workers, whose libtorch and device it takes
     */
    public static List<String> evaluate(
            Path model, Path adapter, Path sequences, int threads, Map<String, String> worker) {
        List<String> arguments = new ArrayList<>(List.of(
                "--model",
                model.toString(),
                "--sequences",
                sequences.toString(),
                "--threads",
                Integer.toString(threads),
                "--device",
                EngineStart.device(worker)));
        if (adapter != null) {
            arguments.addAll(List.of("--adapter", adapter.toString()));
        }
        return engine(
                EngineStart.ofWorker(worker),
                "dev.plimsoll.engine.evaluation.EvaluateMain",
                arguments);
    }

    /** The same; arguments are those of the program, which checks them. */
    public static List<String> evaluate(List<String> arguments) {
        return engine(
                EngineStart.ofProgram(arguments, null),
                "dev.plimsoll.engine.evaluation.EvaluateMain",
                arguments);
    }

    /**
     * Continues tokenized texts: requests on its standard input, with which it ends. Arguments are
     * those of the program, which checks them.
     */
    public static List<String> generate(List<String> arguments) {
        return engine(
                EngineStart.ofProgram(arguments, null),
                "dev.plimsoll.engine.generation.GenerateMain",
                arguments);
    }

    private static List<String> engine(EngineStart start, String main, List<String> arguments) {
        List<String> command = new ArrayList<>(start.prefix());
        command.addAll(List.of(Installation.java(), "-Xmx4g", "-XX:+UseSerialGC"));
        command.addAll(start.options());
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true",
                "-cp",
                Installation.applicationClassPath("gpu-worker"),
                main));
        command.addAll(arguments);
        return command;
    }

    /**
     * The engine's speed and memory; arguments are those of the program, which checks them.
     *
     * @param libtorch null for the one that is found
     */
    public static List<String> engineBench(List<String> arguments, Path libtorch) {
        return engineProgram(
                EngineStart.ofProgram(arguments, libtorch),
                "dev.plimsoll.engine.bench.EngineBenchMain",
                "-Xmx4g", // with room for the adapter of a 70B model
                arguments);
    }

    /** The engine's speed of decoding; arguments are those of the program, which checks them. */
    public static List<String> generateBench(List<String> arguments) {
        return engineProgram(
                EngineStart.ofProgram(arguments, null),
                "dev.plimsoll.engine.bench.GenerateBenchMain",
                "-Xmx1g",
                arguments);
    }

    /** The engine in a loop over micro-batches of the product, with a worker's arenas. */
    public static List<String> fleetEngine(List<String> arguments) {
        return engineProgram(
                EngineStart.ofProgram(arguments, null).withFewArenas(System.getenv()),
                "dev.plimsoll.engine.bench.FleetEngineMain",
                "-Xmx4g", // with room for an adapter's moments
                arguments);
    }

    /** What the engine can do here; its arguments are those of the program. */
    public static List<String> engineProbe(EngineStart start, List<String> arguments) {
        return engineProgram(start, "dev.plimsoll.engine.doctor.ProbeMain", "-Xmx1g", arguments);
    }

    private static List<String> engineProgram(
            EngineStart start, String main, String heap, List<String> arguments) {
        List<String> command = new ArrayList<>(start.prefix());
        command.addAll(List.of(Installation.java(), heap, "-XX:+UseSerialGC"));
        command.addAll(start.options());
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true",
                "-cp",
                Installation.applicationClassPath("gpu-worker")
                        + SEPARATOR
                        + Installation.parentWatch(),
                ParentWatch.class.getName(),
                main));
        command.addAll(arguments);
        return command;
    }

    private static List<String> quarkusJvm(List<String> jvm, Map<String, String> properties) {
        List<String> command = new ArrayList<>(List.of(Installation.java(), "-XX:+UseSerialGC"));
        command.addAll(jvm);
        // what the runner jar's manifest opens when it is started with -jar
        for (String opened : List.of("java.lang", "java.nio", "jdk.internal.misc")) {
            command.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
        }
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add("-Dai.djl.offline=true");
        command.add("-DOPT_OUT_TRACKING=true");
        command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
        new TreeMap<>(properties)
                .forEach((name, value) -> command.add(
                        "-D" + (name.contains(".") ? name : "plimsoll." + name) + "=" + value));
        return command;
    }
}
