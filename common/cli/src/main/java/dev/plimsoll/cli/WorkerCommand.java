package dev.plimsoll.cli;

import dev.plimsoll.processes.ForegroundProcess;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a worker: one per GPU, or one or more on CPU.",
            "",
            "It may join and leave a run at any time. Everything about the run it learns from "
                    + "Kafka.",
            "Asked to stop (Ctrl-C, SIGTERM) it ends its micro-batch, contributes what it has "
                    + "and leaves.",
            ""
        })
final class WorkerCommand implements Callable<Integer> {

    @Mixin
    BrokerOptions broker;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The run's base model. Default: the built-in one.")
    Path model;

    @Option(names = "--id", description = "Default: host and process number.")
    String id;

    @Option(
            names = "--device",
            defaultValue = "auto",
            description = "auto, cpu or cuda. Default: ${DEFAULT-VALUE}.")
    String device;

    @Option(
            names = "--precision",
            defaultValue = "auto",
            description = "auto (bf16 on cuda, fp32 on cpu), fp32, bf16, fp8 or nf4. Default: "
                    + "${DEFAULT-VALUE}.")
    String precision;

    @Option(names = "--threads", paramLabel = "N", description = "On CPU; default: all cores.")
    Integer threads;

    @Option(
            names = "--drain-seconds",
            paramLabel = "N",
            description =
                    "How long that may take; then it leaves, and others train its part again. "
                            + "Default: 10.")
    Integer drainSeconds;

    @Option(
            names = "--port",
            defaultValue = "0",
            description = "Of metrics and health; 0: a free one. Default: 0.")
    int port;

    @Override
    public Integer call() {
        broker.clients();
        Map<String, String> properties = new TreeMap<>();
        properties.put("bootstrap", broker.bootstrap());
        properties.put("prefix", broker.topics().prefix());
        properties.put("model", Installation.modelOr(model).toString());
        properties.put("device", device);
        properties.put("precision", precision);
        properties.put("quarkus.http.port", Integer.toString(port));
        if (id != null) {
            properties.put("worker-id", id);
        }
        if (threads != null) {
            properties.put("threads", Integer.toString(threads));
        }
        if (drainSeconds != null) {
            properties.put("drain-seconds", Integer.toString(drainSeconds));
        }
        broker.settings().forEach((name, value) -> properties.put("kafka." + name, value));
        return ForegroundProcess.run(Programs.worker(properties));
    }
}
