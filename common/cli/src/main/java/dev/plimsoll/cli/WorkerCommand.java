package dev.plimsoll.cli;

import dev.plimsoll.processes.ForegroundProcess;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;

@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a worker: one per GPU, one over several GPUs (--devices), or one or more on CPU.",
            "",
            "It may join and leave a run at any time. Everything about the run it learns from "
                    + "Kafka.",
            "Asked to stop (Ctrl-C, SIGTERM) it ends its micro-batch, contributes what it has "
                    + "and leaves.",
            ""
        })
final class WorkerCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Mixin
    SettingOptions worker = new SettingOptions(Catalogue.WORKER.stream()
            .filter(setting -> !Catalogue.CLIENT.contains(setting))
            .toList());

    @Override
    public Integer call() {
        Map<String, String> properties = worker.properties();
        properties.putAll(broker.properties());
        Path model = worker.values().given(RunCatalogue.MODEL).orElse(null);
        properties.put(RunCatalogue.MODEL.name(), Installation.modelOr(model).toString());
        broker.clients();
        Map<String, String> environment = new HashMap<>(broker.environment());
        environment.putAll(Problems.environment(spec.commandLine()));
        return ForegroundProcess.run(
                Programs.worker(properties),
                environment,
                Duration.ofSeconds(worker.values().get(WorkerCatalogue.DRAIN_SECONDS)));
    }
}
